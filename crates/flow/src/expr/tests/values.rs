//! What expressions give.

use super::*;

#[test]
fn literals() {
    table(&[
        ("1", "1"),
        ("0xff", "255"),
        ("1e3", "1000"),
        ("1_000_000", "1000000"),
        (".5", "0.5"),
        ("0b101", "5"),
        ("-3", "-3"),
        ("'a\\n\\u00e9\\u{1F600}\\x41'", "\"a\\né😀A\""),
        ("'\\ud83d\\ude00'", "\"😀\""),
        ("\"it's\"", "\"it's\""),
        ("true", "true"),
        ("null", "null"),
        ("undefined", "null"),
        ("NaN", "null"),
        ("[1, 'a', [true],]", "[1, \"a\", [true]]"),
        ("{a: 1, 'b c': 2, 3: 4, [`k${1}`]: 5,}", r#"{"a":1,"b c":2,"3":4,"k1":5}"#),
        ("[...inputs.list, ...'hi']", r#"[3,1,2,"h","i"]"#),
        ("{...invoice, total: 1, ...null}", r#"{"number":"R-7","total":1}"#),
        ("{invoice}.invoice.number", "\"R-7\""),
        ("`${invoice.number}: ${invoice.total.toFixed(2)} €`", "\"R-7: 12.50 €\""),
        ("`a${`b${1 + 1}`}c`", "\"ab2c\""),
        ("`${ {a: 1}.a }}`", "\"1}\""),
        ("`${[1, [2, null]]} ${null} ${{a: 1}}`", r#""1,2, null {\"a\":1}""#),
        ("1 /* one */ + // two\n 2", "3"),
    ]);
}

#[test]
fn operators() {
    table(&[
        ("1 + 2 * 3 - 4 / 2", "5"),
        ("2 ** 3 ** 2", "512"),
        ("-7 % 3", "-1"),
        ("7.5 % 2", "1.5"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("1 / 0", "null"),
        ("9007199254740992 + 1", "9007199254740992"),
        ("'a' + 1 + null + true", "\"a1nulltrue\""),
        ("1 + 2 + 'a'", "\"3a\""),
        ("'5' * '2'", "10"),
        ("+'12'", "12"),
        ("+'x'", "null"),
        ("true + 1", "2"),
        ("1 == '1'", "true"),
        ("1 === '1'", "false"),
        ("null == undefined", "true"),
        ("null == 0", "false"),
        ("'' == 0", "true"),
        ("true == 1", "true"),
        ("[1, {a: 2}] === [1, {a: 2}]", "true"),
        ("{a: 1, b: 2} == {b: 2, a: 1}", "true"),
        ("inputs.big === 9007199254740993", "false"),
        ("'a' != 'b'", "true"),
        ("2 < 10", "true"),
        ("'2' < '10'", "false"),
        ("'2' < 10", "true"),
        ("null < 1", "false"),
        ("null >= 0", "false"),
        ("'2027-03-01' < now", "true"),
        ("'2027-03-10T13:00:00+02:00' < now", "true"),
        ("new Date('2027-03-11') > now && inputs.due < '2027-03-02'", "true"),
        ("new Date('2027-03-02') - new Date('2027-03-01')", "86400000"),
        ("0 || 'x'", "\"x\""),
        ("0 ?? 'x'", "0"),
        ("null ?? 'x'", "\"x\""),
        ("1 && ''", "\"\""),
        ("!''", "true"),
        ("typeof 1 + typeof 'a' + typeof null + typeof []", "\"numberstringundefinedobject\""),
        ("'total' in inputs", "true"),
        ("2 in [1, 2]", "false"),
        ("inputs.total > 100 ? 'big' : 'small'", "\"big\""),
        ("false ? 1 : true ? 2 : 3", "2"),
    ]);
}

#[test]
fn paths() {
    table(&[
        ("inputs.total * 2 > 100", "true"),
        ("inputs.nested.a.b[1]", "20"),
        ("inputs['nested'][`a`].b.length", "2"),
        ("inputs.list['0'] + inputs.list[2]", "5"),
        ("inputs.list[9]", "null"),
        ("inputs.list[-1]", "null"),
        ("inputs.missing", "null"),
        ("inputs.none?.x.y.z", "null"),
        ("inputs.none?.x.map(a => a.b)", "null"),
        ("inputs.none?.trim()", "null"),
        ("inputs.none?.[0].x", "null"),
        ("event?.data.x", "null"),
        ("steps.skipped?.body", "null"),
        ("steps.first.body.items.map(i => i.n)", "[1, 2]"),
        ("steps['first'].body?.items?.[1]?.n", "2"),
        ("invoice.number[0]", "\"R\""),
        ("loop.index + 1", "3"),
        ("inputs.name.length", "3"),
        ("inputs.name.missing", "null"),
        ("inputs.constructor", "null"),
        ("inputs.__proto__", "null"),
        ("[].constructor", "null"),
        ("'x'['constructor']", "null"),
        ("inputs.orders.map(o => o.customer?.name ?? 'nobody')", r#"["Ann","Bob","nobody"]"#),
    ]);
}

#[test]
fn lists() {
    table(&[
        ("inputs.list.map((x, i) => x * i)", "[0, 1, 4]"),
        ("inputs.list.map((x, i, all) => all.length)", "[3, 3, 3]"),
        ("inputs.list.filter(x => x > 1)", "[3, 2]"),
        ("[0, 1, '', null, 'a'].filter(Boolean)", "[1, \"a\"]"),
        ("['1', '2', '3'].map(Number)", "[1, 2, 3]"),
        ("['1', '2', '3'].map(parseInt)", "[1, 2, 3]"),
        ("[1.5, -1.5].map(Math.round)", "[2, -1]"),
        ("inputs.orders.find(o => o.id == 'b').total", "5.5"),
        ("inputs.orders.find(o => o.id == 'z')", "null"),
        ("inputs.list.findIndex(x => x == 2)", "2"),
        ("[1, 2, 3, 4].findLast(x => x % 2)", "3"),
        ("inputs.list.some(x => x > 2) && !inputs.list.every(x => x > 2)", "true"),
        ("inputs.list.includes(2)", "true"),
        ("[{a: 1}].includes({a: 1})", "true"),
        ("['a', 'b', 'a'].indexOf('a') + ['a', 'b', 'a'].lastIndexOf('a')", "2"),
        ("[1, null, [2, 3]].join('-')", "\"1--2,3\""),
        ("inputs.list.slice(-2)", "[1, 2]"),
        ("inputs.list.slice(1, -1)", "[1]"),
        ("[1].concat(2, [3, [4]])", "[1, 2, 3, [4]]"),
        ("[1, [2, [3]]].flat()", "[1, 2, [3]]"),
        ("[1, [2, [3, [4]]]].flat(Infinity)", "[1, 2, 3, 4]"),
        ("inputs.orders.flatMap(o => o.tags)", r#"["x","y","x"]"#),
        ("inputs.list.reduce((sum, x) => sum + x, 0)", "6"),
        ("['a', 'b'].reduceRight((acc, x) => acc + x)", "\"ba\""),
        (
            "inputs.orders.reduce((acc, {id, total = 0}) => ({...acc, [id]: total}), {})",
            r#"{"a":10,"b":5.5,"c":0}"#,
        ),
        ("[10, 9, 1, null].sort()", "[1, 10, 9, null]"),
        ("[10, 9, 1].toSorted((a, b) => a - b)", "[1, 9, 10]"),
        (
            "[{n: 1, k: 'x'}, {n: 0, k: 'y'}, {n: 1, k: 'z'}].sort((a, b) => b.n - a.n).map(x => x.k)",
            r#"["x","z","y"]"#,
        ),
        ("[1, 2].reverse().concat(inputs.list)", "[2, 1, 3, 1, 2]"),
        ("inputs.list.at(-1)", "2"),
        ("inputs.list.with(0, 9)", "[9, 1, 2]"),
        ("['a', 'b'].entries().map(([i, x]) => `${i}${x}`)", r#"["0a","1b"]"#),
        ("[[1, 2, 3]].map(([a, , ...rest]) => rest)", "[[3]]"),
        ("[{a: 1, b: 2}].map(({a, ...rest}) => rest)", r#"[{"b":2}]"#),
        ("[{a: {b: [7]}}].map(({a: {b: [c]}}) => c)", "[7]"),
        ("[1].map(x => [2].map(y => [3].map(z => x + y + z)))", "[[[6]]]"),
        ("[1, 2].map(x => { return x * 2; })", "[2, 4]"),
        ("[1, 2].map(x => ({x}))", r#"[{"x":1},{"x":2}]"#),
        ("[...new Set([1, 2, 1])].length + new Set([1, 1]).size", "3"),
        ("new Set(['a']).has('a')", "true"),
        ("Array.from({length: 3}, (_, i) => i * 2)", "[0, 2, 4]"),
        ("Array.isArray([]) && !Array.isArray('a')", "true"),
        ("Math.max(...inputs.list)", "3"),
    ]);
}

#[test]
fn texts() {
    table(&[
        ("' a '.trim() + ' a '.trimStart() + '|'", "\"aa |\""),
        ("'Straße'.toUpperCase()", "\"STRASSE\""),
        ("'héllo'.length", "5"),
        ("'héllo'.slice(1, 3) + 'héllo'.slice(-2)", "\"éllo\""),
        ("'héllo'.substring(3, 1)", "\"él\""),
        ("'héllo'.indexOf('l') + 'héllo'.lastIndexOf('l')", "5"),
        ("'hello'.indexOf('l', 3)", "3"),
        ("'abc'.includes('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c')", "true"),
        ("'a,b,c'.split(',')", r#"["a","b","c"]"#),
        ("'a,b,c'.split(',', 2)", r#"["a","b"]"#),
        ("'ab'.split('')", r#"["a","b"]"#),
        ("'a1b22c'.split(/[0-9]+/)", r#"["a","b","c"]"#),
        ("'a-a'.replace('a', 'b') + 'a-a'.replaceAll('a', 'b')", "\"b-ab-b\""),
        ("'2027-03-01'.replace(/(\\d+)-(\\d+)-(\\d+)/, '$3.$2.$1')", "\"01.03.2027\""),
        ("'a1b2'.replace(/\\d/g, d => d * 2)", "\"a2b4\""),
        ("'price: 5'.replace(/(?<n>\\d)/, '<$<n>> $$ $&')", "\"price: <5> $ 5\""),
        ("'INV-123 INV-9'.match(/INV-(\\d+)/)", r#"["INV-123","123"]"#),
        ("'INV-123 INV-9'.match(/INV-(\\d+)/g)", r#"["INV-123","INV-9"]"#),
        ("[...'a1b2'.matchAll(/[a-z](\\d)/g)].map(m => m[1])", r#"["1","2"]"#),
        ("'x'.match(/y/)", "null"),
        ("/^\\w+@\\w+\\.com$/i.test('Ada@Example.com')", "true"),
        ("'a/b'.split(/\\//)", r#"["a","b"]"#),
        ("'ab'.search(/b/)", "1"),
        ("'5'.padStart(3, '0') + '5'.padEnd(3, 'xy')", "\"0055xy\""),
        ("'ab'.repeat(3)", "\"ababab\""),
        ("'abc'.charAt(1) + 'abc'.at(-1) + 'abc'.charCodeAt(0)", "\"bc97\""),
        ("'a'.localeCompare('B') + 'b'.localeCompare('a')", "0"),
        ("base64('a?>', 'base64url') + base64('a?>')", "\"YT8-YT8+\""),
        ("base64('x'.repeat(58), 'mime').split('\\r\\n').map(l => l.length)", "[76,4]"),
        ("base64Decode('_w', 'replace')", "\"\u{fffd}\""),
        ("encodeURIComponent('a b&ü') + decodeURIComponent('%C3%BC')", "\"a%20b%26%C3%BCü\""),
        ("['b', 'a'].sort((a, b) => a.localeCompare(b))", r#"["a","b"]"#),
    ]);
}

#[test]
fn numbers() {
    table(&[
        ("(2.5).toFixed(0) + ' ' + (1.005).toFixed(2) + ' ' + (-1.5).toFixed(0)", "\"3 1.00 -2\""),
        (
            "(1.45).toFixed(1) + ' ' + (8.345).toFixed(2) + ' ' + (0.000001).toFixed(7)",
            "\"1.4 8.35 0.0000010\"",
        ),
        ("12.5.toFixed(1)", "\"12.5\""),
        ("(255).toString(16) + (5).toString(2)", "\"ff101\""),
        ("(1234567.891).toLocaleString()", "\"1,234,567.891\""),
        (
            "(1234.5).toLocaleString('de-DE', {style: 'currency', currency: 'EUR'})",
            "\"1.234,50\u{a0}€\"",
        ),
        ("(1234.5).toLocaleString('en-US', {style: 'currency', currency: 'USD'})", "\"$1,234.50\""),
        ("(0.256).toLocaleString('en-US', {style: 'percent'})", "\"26%\""),
        ("(123.456).toPrecision(4) + ' ' + (0.00000123).toPrecision(2)", "\"123.5 0.0000012\""),
        ("String(1e21) + ' ' + 1.5e-7 + ' ' + 0.000001", "\"1e+21 1.5e-7 0.000001\""),
        ("Math.round(-0.5) + Math.round(2.5)", "3"),
        (
            "[Math.floor(-1.5), Math.ceil(1.2), Math.trunc(-1.9), Math.abs(-3), Math.sign(-2)]",
            "[-2, 2, -1, 3, -1]",
        ),
        ("Math.max() ?? 'none'", "\"none\""),
        ("Math.min(3, 1, 2)", "1"),
        ("Math.PI.toFixed(4)", "\"3.1416\""),
        ("Number('12.5') + Number(true) + Number('')", "13.5"),
        ("Number('abc') || 7", "7"),
        ("Number('Infinity')", "null"),
        ("isNaN(Number('abc')) && !isNaN('12')", "true"),
        ("parseInt('42px') + parseInt('ff', 16) + parseInt('0x10')", "313"),
        ("parseFloat('3.14abc')", "3.14"),
        ("Number.isInteger(5) && !Number.isInteger(5.5)", "true"),
    ]);
}

#[test]
fn objects_and_json() {
    table(&[
        ("Object.keys(invoice)", r#"["number","total"]"#),
        ("Object.entries({a: 1}).map(([k, v]) => `${k}=${v}`)", r#"["a=1"]"#),
        ("Object.fromEntries([['a', 1], ['b', 2]])", r#"{"a":1,"b":2}"#),
        ("Object.assign({}, {a: 1}, null, {b: 2})", r#"{"a":1,"b":2}"#),
        ("Object.values({a: 1, b: [2]})", "[1, [2]]"),
        ("JSON.stringify({a: [1, 'x\"', null]})", r#""{\"a\":[1,\"x\\\"\",null]}""#),
        ("JSON.stringify({a: [1]}, null, 2)", r#""{\n  \"a\": [\n    1\n  ]\n}""#),
        ("JSON.parse('[1, {\"a\": 2.50}]')[1].a", "2.5"),
        ("{a: 1}.hasOwnProperty('a')", "true"),
        ("String({a: 1}) + String([1, 2]) + String(null)", r#""{\"a\":1}1,2null""#),
    ]);
}

#[test]
fn dates() {
    table(&[
        ("new Date('2027-03-01T10:00:00+02:00').toISOString()", "\"2027-03-01T08:00:00.000Z\""),
        ("new Date().getTime() == new Date(now).getTime()", "true"),
        ("new Date(0).toISOString()", "\"1970-01-01T00:00:00.000Z\""),
        (
            "now.getFullYear() + now.getMonth() + now.getDate() + now.getDay() + now.getHours()",
            "2054",
        ),
        ("Date.parse('2027-03-01')", "1803859200000"),
        ("Date.parse('nonsense')", "null"),
        ("now.toLocaleDateString('de-DE')", "\"10.3.2027\""),
        ("new Date(now).toLocaleDateString()", "\"3/10/2027\""),
        (
            "now.toLocaleString('en-US', {timeZone: 'America/New_York'})",
            "\"3/10/2027, 7:00:00 AM\"",
        ),
        ("daysSince(inputs.due) > 5", "true"),
        ("daysSince(now)", "0"),
        ("daysSince('2027-03-09T13:00:00Z')", "0"),
        ("daysUntil('2027-03-09T11:00:00Z')", "-1"),
        ("addDays(now, 1.5)", "\"2027-03-12T00:00:00.000Z\""),
        ("formatDate(inputs.due)", "\"2027-03-01\""),
        ("formatDate(now, 'yyyy-MM-dd')", "\"2027-03-10\""),
        ("formatDate(now, '%d/%m/%y')", "\"10/03/27\""),
        (
            "formatDate(now, 'dddd [the] D, h:mm A Z', 'Asia/Tokyo')",
            "\"Wednesday the 10, 9:00 PM +09:00\"",
        ),
        ("parseDate('2027-03-10')", "\"2027-03-10T00:00:00.000Z\""),
        ("parseDate('2027-03-10T09:00', null, 'Asia/Tokyo')", "\"2027-03-10T00:00:00.000Z\""),
        ("parseDate('Wed, 10 Mar 2027 12:00:00 +0100')", "\"2027-03-10T11:00:00.000Z\""),
    ]);
}

#[test]
fn examples_of_the_library_hold() {
    for function in STDLIB {
        table(&[function.example]);
    }
}

#[test]
fn every_function_of_the_library_is_documented() {
    use super::super::names::Function;
    for (name, _) in Function::ALL {
        let plain = name.starts_with(char::is_lowercase) && !name.contains([' ', '.']);
        let javascript = [
            "parseInt",
            "parseFloat",
            "isNaN",
            "isFinite",
            "encodeURIComponent",
            "decodeURIComponent",
        ];
        if plain && !javascript.contains(name) {
            assert!(
                STDLIB.iter().any(|function| function.name == *name),
                "{name} is not documented"
            );
        }
    }
}
