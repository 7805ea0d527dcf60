//! What a deed is given by name: fields of the data at hand, and values as they were said.

use codex32_model::{ActionSpec, Schema, Value};
use indexmap::IndexMap;

use super::Builder;
use super::data;
use crate::actions::Intent;
use crate::actions::slots::{self, Role};

impl<'a> Builder<'a> {
    /// Name and value of all that is given; fields that nothing brings are left out.
    pub(super) fn given(&mut self, intent: &Intent<'a>) -> Vec<(String, Value)> {
        let mut out = Vec::new();
        for given in &intent.given {
            match &given.value {
                Some(value) => out.push((given.name.clone(), value.clone())),
                None => {
                    let Some(data) = self.current() else { continue };
                    let field = self.field(&data, &given.name, Schema::Any, true);
                    out.push((given.name.clone(), Value::str(format!("{{{{ {field} }}}}"))));
                }
            }
        }
        out
    }

    /// Puts what is given into the parameters of the same name; gives what fits none.
    pub(super) fn give(
        &mut self,
        action: &ActionSpec,
        intent: &Intent<'a>,
        said: &mut IndexMap<String, Value>,
    ) -> Vec<(String, Value)> {
        let mut rest = Vec::new();
        for (name, value) in self.given(intent) {
            let names = action.params.keys().map(String::as_str);
            let own = data::like(&name, names.clone())
                .or_else(|| {
                    names.clone().find(|param| slots::nouns(param).contains(&name.as_str()))
                })
                .filter(|own| {
                    let field = &action.params[*own];
                    let record = slots::role(own, field) == Role::Data;
                    !record
                        || value.as_object().is_some()
                        || matches!(field.schema, Schema::Array(_))
                });
            match own.filter(|own| !said.contains_key(*own)) {
                Some(own) => {
                    let schema = &action.params[own].schema;
                    let value = match schema {
                        Schema::Array(_) if value.as_str().is_none_or(|v| !v.contains("{{")) => {
                            Value::list([value])
                        }
                        schema => super::catalogue::typed(value, schema),
                    };
                    said.insert(own.to_owned(), value);
                }
                // What was said by its noun already.
                None if own.is_some() => {}
                None => rest.push((name, value)),
            }
        }
        rest
    }
}
