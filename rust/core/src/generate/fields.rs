//! From a field's name and kind to the column that writes it.

use jiff::tz::{Offset, TimeZone};

use super::{
    GenerateError,
    agents::AGENTS,
    clients::{TLS, USERS},
    column::{Column, DurationForm, Listing, OfAttempt, Target},
    fit::Fit,
    hostile::HOSTILE,
    request::{Cache, Method, Protocol, Purpose, Request, UPSTREAMS},
    site::{Resource, Tail},
    stamp::Stamp,
    texts::Texts,
    traffic::{OUTER_REFERERS, Traffic, TrafficOptions},
};
use crate::{
    format::{Kind, field::Unit},
    value::time::Layout,
};

/// Makes columns for the traffic of a model.
#[derive(Debug)]
pub struct Fields<'a> {
    traffic: &'a Traffic,
    zone: TimeZone,
    start_ns: i64,
}

impl<'a> Fields<'a> {
    /// Columns for `traffic`, which was made of `options`.
    ///
    /// # Errors
    /// The offset from UTC is a day or more.
    pub fn new(traffic: &'a Traffic, options: &TrafficOptions) -> Result<Fields<'a>, GenerateError> {
        let offset = Offset::from_seconds(options.utc_offset_s)
            .map_err(|_| GenerateError::UtcOffset(options.utc_offset_s))?;
        Ok(Fields { traffic, zone: offset.to_time_zone(), start_ns: options.start_ns })
    }

    /// The column that writes the field `name` of kind `kind` at the place `fit`. A field that the
    /// model does not know gets a plausible word of its kind.
    ///
    /// # Errors
    /// The kind is a time whose layout cannot be written.
    pub fn column(&self, name: Option<&str>, kind: &Kind, fit: Fit) -> Result<Column, GenerateError> {
        if let Kind::Time(layout) = kind {
            return self.time(layout, fit);
        }
        let name = name.unwrap_or_default();
        if name == "time" {
            return self.time(if matches!(fit, Fit::Json) { &Layout::Iso8601 } else { &Layout::Clf }, fit);
        }
        let column = self
            .of_client(name, fit)
            .or_else(|| self.of_target(name, fit))
            .or_else(|| of_answer(name, kind, fit))
            .or_else(|| of_upstream(name, kind, fit))
            .unwrap_or_else(|| by_kind(kind, fit));
        Ok(column)
    }

    fn time(&self, layout: &Layout, fit: Fit) -> Result<Column, GenerateError> {
        let stamp = Stamp::new(layout, fit, self.zone.clone(), self.start_ns)
            .map_err(|error| GenerateError::Layout { layout: layout.clone(), reason: error.to_string() })?;
        Ok(Column::Time(Box::new(stamp)))
    }

    /// Who asks, and how.
    fn of_client(&self, name: &str, fit: Fit) -> Option<Column> {
        let clients = &self.traffic.clients;
        let by_client: fn(&Request) -> usize = |request| request.client as usize;
        let of_tls = |text: fn(usize) -> &'static str| Column::Choice {
            texts: Texts::new(&clients.all, |client, out| {
                fit.push(text(client.tls.into()).as_bytes(), out);
            }),
            index: by_client,
        };
        let column = match name {
            "remote_addr" | "client_ip" => Column::Choice {
                texts: Texts::new(&clients.addresses, |address, out| {
                    fit.push(address.as_bytes(), out);
                }),
                index: by_client,
            },
            "x_forwarded_for" => Column::Choice {
                texts: Texts::new(clients.addresses.iter().enumerate(), |(index, address), out| {
                    let text = match index % 8 {
                        0 if fit.holds_lists() => {
                            format!("{address}, 198.51.100.{}", index % 250 + 1)
                        }
                        0 | 1 => address.clone(),
                        _ => "-".to_owned(),
                    };
                    fit.push(text.as_bytes(), out);
                }),
                index: by_client,
            },
            "user" => Column::Choice {
                texts: Texts::new(&clients.all, |client, out| {
                    fit.push(USERS[usize::from(client.user)].as_bytes(), out);
                }),
                index: by_client,
            },
            "user_agent" => {
                let honest = AGENTS.iter().map(|&(_, agent, _)| agent.as_bytes());
                let hostile = HOSTILE.iter().map(|request| request.agent);
                let texts = Texts::new(honest.chain(hostile), |agent, out| fit.push(agent, out));
                Column::Choice { texts, index: |request| request.agent.into() }
            }
            "remote_port" => Column::Integer(|request| 1_024 + request.salted(Purpose::Port, 64_000)),
            "ssl_protocol" => of_tls(|index| TLS[index].0),
            "ssl_cipher" => of_tls(|index| TLS[index].1),
            "scheme" => of_tls(|index| if index == 0 { "http" } else { "https" }),
            "server_port" => of_tls(|index| if index == 0 { "80" } else { "443" }),
            _ => return None,
        };
        Some(column)
    }

    /// What is asked for.
    fn of_target(&self, name: &str, fit: Fit) -> Option<Column> {
        let resources = &self.traffic.site.resources;
        let by_resource: fn(&Request) -> usize = |request| request.resource as usize;
        let of_profile = |text: fn(&Resource) -> &'static str| Column::Choice {
            texts: Texts::new(resources, |resource, out| fit.push(text(resource).as_bytes(), out)),
            index: by_resource,
        };
        let column = match name {
            "method" => choice(&Method::TEXTS, fit, |request| request.method as usize),
            "protocol" => choice(&Protocol::TEXTS, fit, |request| request.protocol as usize),
            // Tails and joints are no part of the tables that are fitted.
            "request" | "target" | "path" | "query" if fit.is_numeric() => {
                Column::Constant(b"-".as_slice().into())
            }
            "request" => Column::RequestLine {
                methods: Texts::new(Method::TEXTS, |text, out| fit.push(text.as_bytes(), out)),
                target: part(resources, fit, |resource| (&resource.target, resource.tail)),
                protocols: Texts::new(Protocol::TEXTS, |text, out| fit.push(text.as_bytes(), out)),
                space: fit.fitted(b" "),
            },
            "target" => Column::Target(part(resources, fit, |resource| {
                if resource.is_request { (&resource.target, resource.tail) } else { (b"-", Tail::None) }
            })),
            "path" => Column::Target(part(resources, fit, |resource| match resource.path_and_query() {
                _ if !resource.is_request => (b"-", Tail::None),
                (path, Some(_)) => (path, Tail::None),
                (path, None) => (path, resource.tail),
            })),
            "query" => Column::Target(part(resources, fit, |resource| match resource.path_and_query() {
                (_, Some(query)) if resource.is_request => (query, resource.tail),
                _ => (b"-", Tail::None),
            })),
            "vhost" | "server_name" | "domain_name" => of_profile(|resource| resource.profile.vhost),
            "content_type" => of_profile(|resource| resource.profile.content_type),
            "referer" => {
                let outer = OUTER_REFERERS.iter().map(|text| (*text).as_bytes().to_vec());
                let own = self.traffic.referring.iter().map(|&index| {
                    let resource = &resources[index];
                    [b"https://", resource.profile.vhost.as_bytes(), &resource.target].concat()
                });
                let texts = Texts::new(outer.chain(own), |text, out| fit.push(&text, out));
                Column::Choice { texts, index: |request| request.referer.into() }
            }
            _ => return None,
        };
        Some(column)
    }
}

fn part(resources: &[Resource], fit: Fit, of: impl Fn(&Resource) -> (&[u8], Tail)) -> Target {
    Target {
        texts: Texts::new(resources, |resource, out| fit.push(of(resource).0, out)),
        tails: resources.iter().map(|resource| of(resource).1).collect(),
    }
}

fn choice(texts: &[&str], fit: Fit, index: fn(&Request) -> usize) -> Column {
    Column::Choice { texts: Texts::new(texts, |text, out| fit.push(text.as_bytes(), out)), index }
}

/// What came back.
fn of_answer(name: &str, kind: &Kind, fit: Fit) -> Option<Column> {
    let column = match name {
        "status" => Column::Integer(|request| request.status.into()),
        "bytes" => Column::Integer(|request| request.body_bytes),
        "bytes_sent" => {
            Column::Integer(|request| request.body_bytes + 220 + request.salted(Purpose::HeadBytes, 300))
        }
        "bytes_in" => Column::Integer(|request| 180 + request.salted(Purpose::RequestBytes, 900)),
        "request_time" => duration(kind, fit, |request| request.duration_us),
        "request_processing_time" | "queue_time" => {
            duration(kind, fit, |request| request.salted(Purpose::Queueing, 900))
        }
        "response_processing_time" => duration(kind, fit, |request| request.salted(Purpose::Processing, 200)),
        "time_to_first_byte" => duration(kind, fit, |request| request.duration_us - request.duration_us / 8),
        "cache_hit" => choice(&["0", "1"], fit, |request| {
            usize::from(matches!(request.cache, Cache::Hit | Cache::Stale))
        }),
        "cache_status" => choice(&Cache::TEXTS, fit, |request| request.cache as usize),
        "request_id" if !fit.is_numeric() => Column::Identifier(Purpose::RequestId),
        "trace_id" if !fit.is_numeric() => Column::Identifier(Purpose::TraceId),
        _ => return None,
    };
    Some(column)
}

/// What was asked of servers upstream.
fn of_upstream(name: &str, kind: &Kind, fit: Fit) -> Option<Column> {
    let servers = |part: fn(&'static str) -> &'static str| {
        OfAttempt::Server(Texts::new(UPSTREAMS, |address, out| {
            fit.push(part(address).as_bytes(), out);
        }))
    };
    let form = DurationForm::of(kind, fit);
    let what = match name {
        "upstream_addr" => servers(|address| address),
        "upstream_host" => servers(|address| address.split(':').next().unwrap_or(address)),
        "upstream_port" => servers(|address| address.rsplit(':').next().unwrap_or(address)),
        "upstream_status" => OfAttempt::Status,
        "upstream_response_time" => OfAttempt::Duration(256, form),
        "upstream_header_time" => OfAttempt::Duration(224, form),
        "upstream_connect_time" => OfAttempt::Duration(8, form),
        _ => return None,
    };
    let listing = if fit.holds_lists() { Listing::All } else { Listing::Last };
    Some(Column::Attempts(listing, what))
}

/// A plausible word for a field that the model does not know.
fn by_kind(kind: &Kind, fit: Fit) -> Column {
    match kind {
        Kind::Integer => Column::Integer(|request| request.salted(Purpose::Unknown, 100)),
        Kind::Number if fit.is_whole() => Column::Integer(|request| request.salted(Purpose::Unknown, 10)),
        Kind::Number => Column::Hundredths(|request| request.salted(Purpose::Unknown, 1_000)),
        Kind::Duration(_) => duration(kind, fit, |request| request.salted(Purpose::Unknown, 20_000)),
        Kind::Text | Kind::Elements | Kind::Time(_) => Column::Constant(fit.fitted(b"-")),
    }
}

fn duration(kind: &Kind, fit: Fit, value_us: fn(&Request) -> u64) -> Column {
    Column::Duration(value_us, DurationForm::of(kind, fit))
}

impl DurationForm {
    /// How a duration is written in a field of kind `kind` at the place `fit`; in seconds when the
    /// kind is none of a duration.
    fn of(kind: &Kind, fit: Fit) -> DurationForm {
        match kind {
            Kind::Duration(Unit::Milliseconds) => DurationForm::Milliseconds,
            Kind::Duration(Unit::Microseconds) => DurationForm::Microseconds,
            Kind::Duration(Unit::Nanoseconds) => DurationForm::Nanoseconds,
            _ if fit.is_whole() => DurationForm::Seconds,
            _ => DurationForm::SecondsAndMilliseconds,
        }
    }
}
