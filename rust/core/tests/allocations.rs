//! In the steady state nothing is allocated per line: with every series and text known, a block takes the
//! same few allocations however many lines it has.

use std::fmt::Write as _;
use std::sync::Arc;

use logagent_core::plan::Plan;
use logagent_core::reading::Reading;

/// Rounds after which nothing is new: what is remembered is given memory when it is first written to.
const WARM_UP: usize = 20;

const RULES: &str = r#"
[categories.group]
on = "path"
default = "other"
rules = [
  { name = "api", prefix = "/api/" },
  { name = "shop-$1", regex = '^/shop/([a-z]+)' },
  { name = "slow", prefix = "/s", when = "bytes > 1000" },
]

[categories.traffic]
default = "customer"
rules = [
  { name = "monitoring", when = 'user_agent.contains("Pingdom") || user_agent.contains("Uptime")' },
]

[[metric]]
name = "requests_total"
labels = ["method", "status", "group", "traffic"]

[[metric]]
name = "bytes_total"
labels = ["section", "path"]
value = "bytes"

[[metric]]
name = "errors_total"
labels = ["protocol"]
when = 'status >= 500 && path.matches("^/[a-z]+")'

[[metric]]
name = "sent_bytes"
type = "histogram"
labels = ["agent_class"]
value = "bytes"
buckets = [100, 1000]

[[metric]]
name = "sizes"
type = "quantiles"
labels = ["status_class"]
value = "bytes"

[[metric]]
name = "clients"
type = "distinct"
labels = ["method"]
value = "remote_addr"

[[metric]]
name = "paths"
type = "top"
labels = ["method"]
value = "path"

[[metric]]
name = "last_bytes"
type = "gauge"
value = "bytes"
"#;

/// The parts of a line that change.
fn parts(number: usize) -> [String; 5] {
    let path = ["/api/v1", "/shop/garden/tools?page=2", "/static/a-rather-long-name.css", "/"][number % 4];
    let agent = ["Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/143.0", "Pingdom.com_bot", "-"];
    let status = if number.is_multiple_of(9) { "503" } else { "200" };
    let bytes = if number.is_multiple_of(7) { "-".to_owned() } else { (number * 37 % 5000).to_string() };
    let client = format!("192.0.2.{}", number % 50);
    [client, path.to_owned(), status.to_owned(), bytes, agent[number % 3].to_owned()]
}

fn combined() -> String {
    (0..300).fold(String::new(), |mut log, number| {
        let [client, path, status, bytes, agent] = parts(number);
        let time = format!("[21/Nov/2026:10:15:{:02} +0000]", number % 60);
        writeln!(log, "{client} - - {time} \"GET {path} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\"")
            .expect("a string takes all");
        if number % 50 == 0 {
            log.push_str("not of the format\n");
        }
        log
    })
}

fn json() -> String {
    (0..300).fold(String::new(), |mut log, number| {
        let [client, path, status, bytes, agent] = parts(number);
        writeln!(
            log,
            "{{\"c\":\"{client}\",\"t\":\"2026-11-21T10:15:{:02}Z\",\"r\":\"GET {path} HTTP\\/1.1\",\
             \"s\":{status},\"b\":\"{bytes}\",\"a\":\"{agent}\"}}",
            number % 60,
        )
        .expect("a string takes all");
        log
    })
}

fn assert_no_allocation_per_line(format: &str, log: &str) {
    let text = format!("[[source]]\nname = \"log\"\nformat = '''{format}'''\n{RULES}");
    let plan = Plan::from_toml(&text).expect("a configuration");
    let scanner = Arc::clone(plan.sources[0].scanner.as_ref().expect("a settled format"));
    let mut reading = Reading::new(&plan, scanner, 2026);
    let mut snapshot = plan.snapshot();
    for _ in 0..WARM_UP {
        reading.count(&plan, log.as_bytes(), None, &mut snapshot, None);
    }
    assert!(snapshot.matched as usize >= 300 * WARM_UP, "{} lines match", snapshot.matched);
    let mut allocations = |block: &str| {
        let count = || reading.count(&plan, block.as_bytes(), None, &mut snapshot, None);
        allocation_counter::measure(count).count_total
    };
    let (once, often) = (allocations(log), allocations(&log.repeat(10)));
    assert_eq!(once, often, "allocations of a block of {format}, and of ten times its lines");
    assert!(once < 10, "{once} allocations of a block of {format}");
}

#[test]
fn text_lines_take_no_allocations() {
    assert_no_allocation_per_line("combined", &combined());
}

#[test]
fn lines_of_a_regex_take_no_allocations() {
    let regex = r#"regex:^(?P<remote_addr>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "(?P<request>[^"]*)" (?P<status>[0-9]+) (?P<bytes>\S+) "[^"]*" "(?P<user_agent>[^"]*)"$"#;
    assert_no_allocation_per_line(regex, &combined());
}

#[test]
fn json_lines_take_no_allocations() {
    assert_no_allocation_per_line(
        "json:{remote_addr=c, time=t, request=r, status=s, bytes=b, user_agent=a}",
        &json(),
    );
}
