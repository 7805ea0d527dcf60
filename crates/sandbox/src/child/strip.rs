//! TypeScript without its types: they are blanked out, so that every line and column stays.
//!
//! Only syntax that erases is taken; what TypeScript would generate code for (`enum`, `namespace`,
//! parameter properties) is refused with a hint. The rules, and the places where a blank alone would
//! change the meaning, follow ts-blank-space (<https://github.com/bloomberg/ts-blank-space>).

use codex32_model::codes::sandbox as codes;
use oxc_allocator::Allocator;
use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};
use oxc_diagnostics::OxcDiagnostic;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan, SourceType, Span};
use oxc_syntax::scope::ScopeFlags;

use crate::Failure;

/// JavaScript that can be compiled as the body of a function.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    pub text: String,
    /// It awaits at its top level.
    pub is_async: bool,
}

pub fn strip(code: &str, typescript: bool) -> Result<Source, Failure> {
    let allocator = Allocator::default();
    // As modules they are strict and may await at the top.
    let kind = if typescript { SourceType::ts() } else { SourceType::mjs() };
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, code, kind).with_options(options).parse();
    refuse_first(code, &parsed.diagnostics)?;
    // What a parser alone does not see, such as a name declared twice.
    let checked = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    refuse_first(code, &checked.diagnostics)?;
    let mut eraser = Eraser { code, edits: Vec::new(), refused: None, depth: 0, is_async: false };
    eraser.visit_program(&parsed.program);
    if let Some((span, why)) = eraser.refused {
        let mut failure = Failure::new(codes::UNSUPPORTED, why);
        locate(code, span.start as usize, &mut failure);
        return Err(failure);
    }
    let is_async = eraser.is_async;
    Ok(Source { text: erase(code, eraser.edits), is_async })
}

fn refuse_first(code: &str, diagnostics: &[OxcDiagnostic]) -> Result<(), Failure> {
    let Some(first) = diagnostics.first() else { return Ok(()) };
    let message = match &first.help {
        Some(help) => format!("{} ({help})", first.message),
        None => first.message.to_string(),
    };
    let mut failure = Failure::new(codes::SYNTAX, message);
    // Where two places are named, the second is the mistake: the first is what it clashes with.
    if let Some(label) = first.labels.last() {
        locate(code, label.offset() as usize, &mut failure);
    }
    Err(failure)
}

fn locate(code: &str, at: usize, failure: &mut Failure) {
    let before = &code[..code.floor_char_boundary(at)];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    failure.line = u32::try_from(line).ok();
    failure.column = u32::try_from(column).ok();
}

/// A stretch to blank, with what is put on its first and last character.
struct Edit {
    start: usize,
    end: usize,
    first: Option<char>,
    last: Option<char>,
}

fn erase(code: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.start);
    let mut out = String::with_capacity(code.len());
    let mut done = 0;
    for Edit { start, end, first, last } in edits {
        // Inside a stretch that is gone already.
        if start < done {
            continue;
        }
        out.push_str(&code[done..start]);
        let mut blank: Vec<char> = code[start..end]
            .chars()
            .map(|c| if matches!(c, '\n' | '\r') { c } else { ' ' })
            .collect();
        if let (Some(first), Some(slot)) = (first, blank.first_mut()) {
            *slot = first;
        }
        if let (Some(last), Some(slot)) = (last, blank.last_mut()) {
            *slot = last;
        }
        out.extend(blank);
        done = end;
    }
    out.push_str(&code[done..]);
    out
}

struct Eraser<'s> {
    code: &'s str,
    edits: Vec<Edit>,
    refused: Option<(Span, String)>,
    /// How many functions are around.
    depth: u32,
    is_async: bool,
}

const MODIFIERS: &[&str] =
    &["public", "private", "protected", "readonly", "override", "declare", "abstract"];

impl Eraser<'_> {
    fn blank(&mut self, span: Span) {
        self.edit(span.start as usize, span.end as usize, None, None);
    }

    /// A statement or class member that is types only; the semicolon keeps its neighbours apart.
    fn blank_whole(&mut self, span: Span) {
        self.edit(span.start as usize, span.end as usize, Some(';'), None);
    }

    fn edit(&mut self, start: usize, end: usize, first: Option<char>, last: Option<char>) {
        if start < end {
            self.edits.push(Edit { start, end, first, last });
        }
    }

    fn refuse(&mut self, span: Span, why: &str) {
        if self.refused.is_none() {
            self.refused = Some((span, why.to_owned()));
        }
    }

    /// Where the next token begins, from `at`: past blanks and comments.
    fn token(&self, mut at: usize) -> usize {
        loop {
            let rest = &self.code[at..];
            let text = rest.trim_start();
            at += rest.len() - text.len();
            let comment = if text.starts_with("//") {
                text.find('\n').unwrap_or(text.len())
            } else if text.starts_with("/*") {
                text.find("*/").map_or(text.len(), |end| end + 2)
            } else {
                return at;
            };
            at += comment;
        }
    }

    /// Blanks `mark` (`?`, `!`) if it is the next token after `at`.
    fn blank_mark(&mut self, at: u32, mark: char) {
        let mut at = self.token(at as usize);
        // A computed key ends before its bracket.
        if self.code[at..].starts_with(']') {
            at = self.token(at + 1);
        }
        if self.code[at..].starts_with(mark) {
            self.edit(at, at + 1, None, None);
        }
    }

    /// Blanks `public`, `readonly` and the like before a member's name. At the member's start a
    /// semicolon takes their place, lest `["x"] = 1` continue the line before.
    fn blank_modifiers(&mut self, start: u32, key: u32) {
        let mut at = self.token(start as usize);
        let begin = at;
        while at < key as usize {
            let word = self.code[at..].split(|c: char| !c.is_ascii_alphabetic()).next();
            let Some(word) = word.filter(|word| !word.is_empty()) else { return };
            if MODIFIERS.contains(&word) {
                let first = (at == begin).then_some(';');
                self.edit(at, at + word.len(), first, None);
            }
            at = self.token(at + word.len());
        }
    }

    /// `value as T` and `value satisfies T`, after the value.
    fn blank_cast(&mut self, value: Span, whole: Span) {
        let next = self.token(whole.end as usize);
        let apart = self.code[next..].starts_with(['(', '[', '`']).then_some(';');
        self.edit(value.end as usize, whole.end as usize, apart, None);
    }

    fn newline_in(&self, span: Span) -> bool {
        self.code[span.start as usize..span.end as usize].contains('\n')
    }
}

impl<'a> Visit<'a> for Eraser<'_> {
    fn visit_ts_type_annotation(&mut self, it: &TSTypeAnnotation<'a>) {
        self.blank(it.span);
    }

    fn visit_ts_type_parameter_declaration(&mut self, it: &TSTypeParameterDeclaration<'a>) {
        self.blank(it.span);
    }

    fn visit_ts_type_parameter_instantiation(&mut self, it: &TSTypeParameterInstantiation<'a>) {
        self.blank(it.span);
    }

    fn visit_ts_type_alias_declaration(&mut self, it: &TSTypeAliasDeclaration<'a>) {
        self.blank_whole(it.span);
    }

    fn visit_ts_interface_declaration(&mut self, it: &TSInterfaceDeclaration<'a>) {
        self.blank_whole(it.span);
    }

    fn visit_ts_index_signature(&mut self, it: &TSIndexSignature<'a>) {
        self.blank_whole(it.span);
    }

    fn visit_ts_this_parameter(&mut self, it: &TSThisParameter<'a>) {
        let comma = self.token(it.span.end as usize);
        let end =
            if self.code[comma..].starts_with(',') { comma + 1 } else { it.span.end as usize };
        self.edit(it.span.start as usize, end, None, None);
    }

    fn visit_ts_enum_declaration(&mut self, it: &TSEnumDeclaration<'a>) {
        if it.declare {
            self.blank_whole(it.span);
        } else {
            let why = "`enum` needs generated code: write `const Colour = { red: 'red' } as const`";
            self.refuse(it.span, why);
        }
    }

    fn visit_ts_namespace_declaration(&mut self, it: &TSNamespaceDeclaration<'a>) {
        if it.declare {
            self.blank_whole(it.span);
        } else {
            self.refuse(it.span, "`namespace` needs generated code: write an object");
        }
    }

    fn visit_ts_external_module_declaration(&mut self, it: &TSExternalModuleDeclaration<'a>) {
        self.blank_whole(it.span);
    }

    fn visit_ts_global_declaration(&mut self, it: &TSGlobalDeclaration<'a>) {
        self.blank_whole(it.span);
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
        self.refuse(it.span, "there are no modules in a code step");
    }

    fn visit_module_declaration(&mut self, it: &ModuleDeclaration<'a>) {
        self.refuse(
            it.span(),
            "there are no modules in a code step: `import` and `export` do not exist",
        );
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        self.refuse(it.span, "there are no modules in a code step: `import()` does not exist");
    }

    fn visit_import_meta(&mut self, it: &ImportMeta) {
        self.refuse(it.span, "there are no modules in a code step: `import.meta` does not exist");
    }

    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        self.refuse(it.span, "decorators cannot be used in a code step");
    }

    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        self.refuse(it.span, "`<T>value` cannot be used in a code step: write `value as T`");
    }

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        self.blank_cast(it.expression.span(), it.span);
        self.visit_expression(&it.expression);
    }

    fn visit_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'a>) {
        self.blank_cast(it.expression.span(), it.span);
        self.visit_expression(&it.expression);
    }

    fn visit_ts_non_null_expression(&mut self, it: &TSNonNullExpression<'a>) {
        self.edit(it.span.end as usize - 1, it.span.end as usize, None, None);
        self.visit_expression(&it.expression);
    }

    fn visit_variable_declaration(&mut self, it: &VariableDeclaration<'a>) {
        if it.declare {
            self.blank_whole(it.span);
            return;
        }
        if matches!(it.kind, VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing) {
            self.refuse(it.span, "`using` cannot be used in a code step");
        }
        walk::walk_variable_declaration(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if it.definite {
            self.blank_mark(it.id.span().end, '!');
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        if it.accessibility.is_some() || it.readonly || it.r#override {
            self.refuse(
                it.span,
                "a parameter property needs generated code: assign in the constructor",
            );
        }
        if it.optional {
            self.blank_mark(it.pattern.span().end, '?');
        }
        walk::walk_formal_parameter(self, it);
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        if it.declare || it.body.is_none() {
            self.blank_whole(it.span);
            return;
        }
        self.depth += 1;
        walk::walk_function(self, it, flags);
        self.depth -= 1;
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        // No line may end before the parameters or before `=>`: the bracket moves instead.
        let open = it.params.span.start as usize;
        if let Some(types) =
            it.type_parameters.as_deref().filter(|types| self.newline_in(types.span))
        {
            self.edit(types.span.start as usize, types.span.end as usize, Some('('), None);
            self.edit(open, open + 1, None, None);
        }
        if let Some(result) =
            it.return_type.as_deref().filter(|result| self.newline_in(result.span))
        {
            let close = it.params.span.end as usize - 1;
            self.edit(close, result.span.end as usize, None, Some(')'));
        }
        self.depth += 1;
        walk::walk_arrow_function_expression(self, it);
        self.depth -= 1;
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        if it.declare {
            self.blank_whole(it.span);
            return;
        }
        if it.r#abstract {
            let start = self.token(it.span.start as usize);
            if self.code[start..].starts_with("abstract") {
                self.edit(start, start + "abstract".len(), None, None);
            }
        }
        if let Some(last) = it.implements.last() {
            let heritage = it.heritage.as_ref().map(|heritage| {
                let types = heritage.type_arguments.as_ref();
                types.map_or_else(|| heritage.expression.span().end, |types| types.span.end)
            });
            let types = it.type_parameters.as_ref().map(|types| types.span.end);
            let name = it.id.as_ref().map(|id| id.span.end);
            let class = it.span.start + "class".len() as u32;
            let after = heritage.or(types).or(name).unwrap_or(class);
            let start = self.token(after as usize);
            self.edit(start, last.span.end as usize, None, None);
        }
        walk::walk_class(self, it);
    }

    fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
        if it.value.body.is_none() {
            self.blank_whole(it.span);
            return;
        }
        self.blank_modifiers(it.span.start, it.key.span().start);
        if it.optional {
            self.blank_mark(it.key.span().end, '?');
        }
        walk::walk_method_definition(self, it);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        if it.declare || it.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition {
            self.blank_whole(it.span);
            return;
        }
        self.blank_modifiers(it.span.start, it.key.span().start);
        if it.optional {
            self.blank_mark(it.key.span().end, '?');
        }
        if it.definite {
            self.blank_mark(it.key.span().end, '!');
        }
        walk::walk_property_definition(self, it);
    }

    fn visit_accessor_property(&mut self, it: &AccessorProperty<'a>) {
        self.refuse(it.span, "`accessor` cannot be used in a code step");
    }

    fn visit_await_expression(&mut self, it: &AwaitExpression<'a>) {
        self.is_async |= self.depth == 0;
        walk::walk_await_expression(self, it);
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        self.is_async |= it.r#await && self.depth == 0;
        walk::walk_for_of_statement(self, it);
    }
}

#[cfg(test)]
mod tests;
