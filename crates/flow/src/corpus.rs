//! Definitions for the tests of this crate: every key of the language at least once, and texts that
//! are refused for one reason each.

/// Good in every respect that reading can see.
pub const GOOD: &[(&str, &str)] = &[
    (
        "invoices",
        r##"
bot: overdue-invoices
description: "Tell #finance each weekday which invoices are over 30 days old."
inputs:
  days: { type: integer, default: 30 }
output: { type: array }
triggers:
  weekdays:  { schedule: "0 9 * * 1-5", timezone: Europe/Berlin }
  on_demand: { webhook: { path: overdue, respond: run } }
  paid:      { event: invoice.paid, when: "{{ event.data.amount > 0 }}" }
steps:
  - id: invoices
    do: http.get
    connection: erp
    with: { url: "https://erp.example.com/api/invoices?status=open" }
    retry: { attempts: 5, backoff: exponential, first: 1s, most: 5m }
    timeout: 30s
  - id: late
    set: "{{ steps.invoices.body.filter(i => daysSince(i.due) > inputs.days) }}"
  - if: "{{ steps.late.length > 0 }}"
    then:
      - id: lines
        for_each: "{{ steps.late }}"
        as: invoice
        concurrency: 4
        steps:
          - id: line
            code: |
              return `${invoice.number}: ${invoice.total.toFixed(2)} €`;
      - do: slack.post_message
        with: { channel: "#finance", text: "{{ steps.lines.join('\n') }}" }
on_error:
  - do: email.send
    with: { to: ops@example.com, subject: overdue-invoices failed, text: "{{ error.message }}" }
limits: { timeout: 5m, concurrency: 1, concurrency_key: "{{ inputs.days }}", rate: 10/1m, cost_usd: 0.05 }
"##,
    ),
    (
        "verbs",
        r##"
bot: every-verb
inputs: { days: integer, total: number, kind: string, user: string, id: string, title: string, company: string, question: string, lead: object, sensor: string }
triggers:
  hook: { webhook: { path: all, respond: run } }
steps:
  - { id: invoices, name: Get invoices, note: the open ones, do: http.get, connection: erp, with: { url: "https://erp.example.com/invoices", query: { status: open } }, when: "{{ inputs.days > 0 }}", on_error: continue }
  - id: mean
    code: |
      v = inputs["values"]
      return sum(v) / len(v)
    language: python
    network: [api.example.com, "*.example.org"]
    output: number
  - { id: late, set: "{{ inputs.days * 2 }}" }
  - { id: size, if: "{{ inputs.total > 1000 }}", then: [ { id: route, set: big } ], else: [ { id: route, set: small } ] }
  - { id: pick, switch: "{{ inputs.kind }}", cases: { bug: [ { id: team, set: dev } ], billing: [ { id: team, set: finance } ] }, default: [ { id: team, set: support } ] }
  - { id: lines, for_each: "{{ [1, 2, 3] }}", as: invoice, concurrency: 4, steps: [ { id: line, set: "{{ loop.index }}: {{ invoice }}" } ] }
  - { id: both, parallel: { a: [ { id: x, do: http.get, with: { url: "https://a.example/x" } } ], b: [ { id: y, do: http.get, with: { url: "https://b.example/y" } } ] } }
  - { id: safe, try: [ { do: http.get, with: { url: "https://a.example/x" } } ], catch: [ { id: mail, set: "{{ error.message }}" } ], finally: [ { set: done } ] }
  - { wait: 15m }
  - { wait: "{{ inputs.days }}d" }
  - { wait: { until: "2027-03-01T10:00", timezone: Asia/Tokyo } }
  - { id: paid, wait: { event: invoice.paid, match: "{{ event.data.user == inputs.user }}", timeout: 2d, since: "2027-01-01T00:00:00Z", hold: true } }
  - { id: ok, approve: "Fulfil order {{ inputs.id }}?", to: [boss@example.com], form: { reason: string }, expires: 24h, default: reject, on_reject: continue }
  - { id: label, ask: "Label this issue: {{ inputs.title }}", model: fast, sources: [handbook], output: { label: { type: string, enum: [bug, feature, question] } }, limits: { cost_usd: 0.02 } }
  - { id: brief, agent: "Prepare a brief on {{ inputs.company }}", model: smart, tools: [ { do: hubspot.search_companies, connection: crm }, { call: web-lookup }, { mcp: files, allow: [read_file] }, { search: handbook } ], output: string, limits: { turns: 20, cost_usd: 0.2, timeout: 5m } }
  - { id: found, search: handbook, query: "{{ inputs.question }}", top: 7 }
  - { id: score, call: lead-score, with: { lead: "{{ inputs.lead }}" }, detach: true }
  - { emit: sensor.mean, data: { mean: "{{ steps.mean }}" }, key: "{{ inputs.sensor }}" }
  - { respond: { status: 400, headers: { x-reason: email }, body: bad email } }
  - { return: "{{ steps.lines }}" }
"##,
    ),
    (
        "triggers",
        r##"
bot: every-trigger
inputs:
  days: { type: integer, default: 30 }
  total: { type: number, required: false, minimum: 0, maximum: 1e6 }
  amount: { type: number, default: 0, description: What was paid, examples: [12.5] }
triggers:
  weekdays:  { schedule: "0 9 * * 1-5", timezone: Europe/Berlin, missed: skip, overlap: cancel }
  fortnight: { schedule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=14;BYMINUTE=0", timezone: Europe/Berlin, start: 2027-01-05, end: 2028-01-05, count: 20, except: [2027-12-24], inputs: { days: 30 } }
  beat:      { every: 30s }
  launch:    { once: "2027-03-01T10:00", timezone: Asia/Tokyo }
  order:     { webhook: { path: orders/new, method: PUT, respond: run, timeout: 30s, max_body: 1MB, dedupe: "{{ trigger.headers['x-event-id'] }}", verify: { scheme: hmac-sha256, connection: shop_hook, header: x-signature, tolerance: 5m } }, when: "{{ inputs.total > 1000 }}" }
  github:    { webhook: { path: gh, max_body: 4MiB, verify: { scheme: github, connection: gh } } }
  paid:      { event: invoice.paid, when: "{{ event.data.amount > 0 }}", inputs: { amount: "{{ event.data.amount }}" } }
  opened:    { app: github.issue_opened, connection: github, with: { repository: acme/shop }, poll: 5m }
  contact:   { form: { path: contact, title: Contact us, respond: run } }
  inbox:     { email: { connection: support_inbox, folder: INBOX } }
  helpdesk:  { chat: { path: helpdesk } }
  by_hand:   { manual: {} }
steps:
  - return: "{{ inputs.days }}"
"##,
    ),
    (
        "types",
        r##"
bot: types
inputs:
  anything: any
  maybe: { type: [string, null], required: false }
  size: { enum: [1, 2, 3], default: 2 }
  color: { type: string, enum: [red, green], default: red, description: Which one }
  tags: { type: array, items: string, max_length: 10 }
  grid: { type: array, items: { type: array, items: number } }
  customer:
    type: object
    properties:
      name: string
      mail: { type: string, format: email, required: false }
      address: { type: object, properties: { city: string }, open: true }
  loose: object
  sum: { any_of: [integer, { type: array, items: integer }], default: 1 }
output:
  answer: string
  score: { type: number, required: false }
steps:
  - return: { answer: yes, score: 1.5 }
"##,
    ),
    ("least", "bot: a\nsteps: [{ set: 1 }]\n"),
];

/// Refused when read, each for one reason: the reason's code.
pub const BAD: &[(&str, &str)] = &[
    ("E-BOT-010", "bot: a\nstep: []\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-010", "bot: a\nsteps: [{ set: 1, titel: x }]\n"),
    (
        "E-BOT-010",
        "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { webhook: { path: a, metod: GET } } }\n",
    ),
    ("E-BOT-010", "bot: a\nsteps: [{ set: 1, retry: { attempts: 2, tries: 3 } }]\n"),
    ("E-BOT-010", "bot: a\nsteps: [{ set: 1 }]\nlimits: { turns: 3 }\n"),
    ("E-BOT-010", "bot: a\ninputs: { x: { type: string, requird: true } }\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-011", "steps: [{ set: 1 }]\n"),
    ("E-BOT-011", "bot: a\n"),
    ("E-BOT-011", "bot: a\nsteps: [{ if: '{{ true }}' }]\n"),
    ("E-BOT-011", "bot: a\nsteps: [{ switch: '{{ 1 }}' }]\n"),
    ("E-BOT-011", "bot: a\nsteps: [{ for_each: '{{ [] }}' }]\n"),
    ("E-BOT-011", "bot: a\nsteps: [{ try: [{ set: 1 }] }]\n"),
    ("E-BOT-011", "bot: a\nsteps: [{ search: handbook }]\n"),
    ("E-BOT-011", "bot: a\nsteps: [{ wait: {} }]\n"),
    ("E-BOT-011", "bot: a\nsteps: [{ do: http.get, retry: { first: 1s } }]\n"),
    ("E-BOT-011", "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { webhook: {} } }\n"),
    (
        "E-BOT-011",
        "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { webhook: { path: a, verify: { scheme: hmac-sha256, connection: c } } } }\n",
    ),
    ("E-BOT-012", "bot: a\nsteps: { set: 1 }\n"),
    ("E-BOT-012", "bot: a\ndescription: 5\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-012", "bot: a\nsteps: [{ if: true, then: [] }]\n"),
    ("E-BOT-012", "bot: a\nsteps: [{ respond: hello }]\n"),
    ("E-BOT-012", "bot: a\nsteps: [{ call: b, detach: yes }]\n"),
    ("E-BOT-012", "bot: a\nsteps: [{ do: http.get, with: [1] }]\n"),
    ("E-BOT-012", "bot: a\nsteps: [{ do: http.get, retry: 3 }]\n"),
    ("E-BOT-012", "bot: a\nsteps: [{ approve: ok, to: boss@example.com }]\n"),
    ("E-BOT-012", "bot: a\ntriggers: [{ every: 1m }]\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-013", "bot: a\nsteps: [{ id: x }]\n"),
    ("E-BOT-013", "bot: a\nsteps: [{ id: x, with: {} }]\n"),
    ("E-BOT-013", "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { timezone: UTC } }\n"),
    ("E-BOT-014", "bot: a\nsteps: [{ set: 1, return: 2 }]\n"),
    ("E-BOT-014", "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { every: 5m, event: a } }\n"),
    ("E-BOT-015", "bot: a\nsteps: [{ set: 1, cases: {} }]\n"),
    ("E-BOT-015", "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { event: a, timezone: UTC } }\n"),
    ("E-BOT-015", "bot: a\nsteps: [{ wait: { event: a, timezone: UTC } }]\n"),
    ("E-BOT-015", "bot: a\ninputs: { x: { type: string, items: string } }\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-016", "bot: a\nsteps: [{ wait: PT15M }]\n"),
    ("E-BOT-016", "bot: a\nsteps: [{ do: http.get, timeout: 30 }]\n"),
    ("E-BOT-016", "bot: a\nsteps: [{ set: 1 }]\nlimits: { timeout: 5 minutes }\n"),
    (
        "E-BOT-017",
        "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { webhook: { path: a, max_body: 1 meg } } }\n",
    ),
    ("E-BOT-018", "bot: a\nsteps: [{ code: x, language: perl }]\n"),
    ("E-BOT-018", "bot: a\nsteps: [{ set: 1, on_error: stop }]\n"),
    (
        "E-BOT-018",
        "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { webhook: { path: a, method: post } } }\n",
    ),
    ("E-BOT-018", "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { every: 5m, missed: never } }\n"),
    ("E-BOT-019", "bot: My Bot\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-019", "bot: a\nsteps: [{ id: orderTotal, set: 1 }]\n"),
    ("E-BOT-019", "bot: a\ninputs: { x-y: string }\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-019", "bot: a\nsteps: [{ do: get }]\n"),
    ("E-BOT-019", "bot: a\nsteps: [{ emit: 'a b' }]\n"),
    ("E-BOT-019", "bot: a\nsteps: [{ for_each: '{{ [] }}', as: Item, steps: [{ set: 1 }] }]\n"),
    ("E-BOT-020", "bot: a\nsteps: [{ do: http.get, retry: { attempts: 101 } }]\n"),
    ("E-BOT-020", "bot: a\nsteps: [{ respond: { status: 99 } }]\n"),
    ("E-BOT-020", "bot: a\nsteps: [{ search: b, query: q, top: 0 }]\n"),
    ("E-BOT-021", "bot: a\ninputs: { x: text }\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-021", "bot: a\noutput: { type: list }\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-022", "bot: a\nsteps: []\n"),
    ("E-BOT-022", "bot: a\nsteps: [{ parallel: {} }]\n"),
    ("E-BOT-022", "bot: a\nsteps: [{ code: '' }]\n"),
    ("E-BOT-023", "bot: a\ninputs: { x: { type: integer, default: lots } }\nsteps: [{ set: 1 }]\n"),
    ("E-BOT-047", "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { webhook: { path: /a } } }\n"),
    ("E-BOT-059", "bot: a\nsteps: [{ wait: { until: tomorrow } }]\n"),
    ("E-BOT-060", "bot: a\nsteps: [{ code: x, network: ['https://a.example/b'] }]\n"),
    (
        "E-BOT-061",
        "bot: a\nsteps: [{ set: 1 }]\ntriggers: { t: { webhook: { path: a, verify: { scheme: github, connection: c, header: x } } } }\n",
    ),
];
