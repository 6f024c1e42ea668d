//! Field names of other conventions, for records that leave.
//!
//! ECS is the Elastic Common Schema (8), OpenTelemetry its semantic conventions for HTTP (1.27). What a
//! convention has no name for keeps its own.

/// A convention of field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// The names used here.
    Own,
    /// Elastic Common Schema.
    Ecs,
    /// OpenTelemetry's semantic conventions.
    Otel,
}

/// Name here, in ECS, and in OpenTelemetry; empty where there is none.
const NAMES: &[(&str, &str, &str)] = &[
    ("time", "@timestamp", "timestamp"),
    ("remote_addr", "source.address", "client.address"),
    ("remote_port", "source.port", "client.port"),
    ("client_ip", "client.ip", ""),
    ("peer_addr", "", "network.peer.address"),
    ("user", "user.name", "user.name"),
    ("method", "http.request.method", "http.request.method"),
    ("target", "url.original", "url.original"),
    ("path", "url.path", "url.path"),
    ("query", "url.query", "url.query"),
    ("scheme", "url.scheme", "url.scheme"),
    ("vhost", "url.domain", "server.address"),
    ("server_port", "url.port", "server.port"),
    ("protocol", "http.version", "network.protocol.version"),
    ("status", "http.response.status_code", "http.response.status_code"),
    ("bytes", "http.response.body.bytes", "http.response.body.size"),
    ("bytes_sent", "http.response.bytes", "http.response.size"),
    ("bytes_in", "http.request.bytes", "http.request.size"),
    ("referer", "http.request.referrer", "http.request.header.referer"),
    ("user_agent", "user_agent.original", "user_agent.original"),
    ("x_forwarded_for", "", "http.request.header.x-forwarded-for"),
    ("content_type", "http.response.mime_type", "http.response.header.content-type"),
    ("request_id", "http.request.id", "http.request.header.x-request-id"),
    ("trace_id", "trace.id", "trace_id"),
    ("request_time", "event.duration", "http.server.request.duration"),
    ("upstream_addr", "destination.address", "upstream.address"),
    ("upstream_port", "destination.port", "upstream.port"),
    ("ssl_protocol", "tls.version", "tls.protocol.version"),
    ("ssl_cipher", "tls.cipher", "tls.cipher"),
    ("ssl_sni", "tls.client.server_name", "tls.client.server_name"),
    ("server_addr", "server.ip", "network.local.address"),
    ("hostname", "host.hostname", "host.name"),
    ("program", "process.name", "process.executable.name"),
    ("pid", "process.pid", "process.pid"),
    ("tid", "process.thread.id", "thread.id"),
    ("level", "log.level", "severity_text"),
    ("message", "message", "body"),
    ("facility", "log.syslog.facility.name", "syslog.facility"),
    ("severity", "log.syslog.severity.name", "syslog.severity"),
    ("msgid", "log.syslog.msgid", "syslog.msgid"),
];

impl Schema {
    /// `own`, `ecs` or `otel`.
    pub fn of_name(name: &str) -> Option<Schema> {
        match name {
            "own" => Some(Schema::Own),
            "ecs" => Some(Schema::Ecs),
            "otel" => Some(Schema::Otel),
            _ => None,
        }
    }

    /// The name of the field `name` in this convention.
    pub fn rename(self, name: &str) -> &str {
        let row = NAMES.iter().find(|(own, ..)| *own == name);
        let renamed = match (self, row) {
            (Schema::Ecs, Some((_, ecs, _))) => ecs,
            (Schema::Otel, Some((_, _, otel))) => otel,
            _ => "",
        };
        if renamed.is_empty() { name } else { renamed }
    }

    /// Whether the field `name` is a whole number of nanoseconds in this convention.
    pub fn is_nanoseconds(self, name: &str) -> bool {
        self == Schema::Ecs && name == "request_time"
    }

    /// Whether the field `name` is a bare version, `1.1` of `HTTP/1.1`, in this convention.
    pub fn is_version(self, name: &str) -> bool {
        self != Schema::Own && matches!(name, "protocol" | "ssl_protocol")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_one_name_in_each_convention() {
        for schema in [Schema::Ecs, Schema::Otel] {
            let mut names: Vec<&str> = NAMES.iter().map(|(own, ..)| schema.rename(own)).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{schema:?}");
        }
        assert_eq!(Schema::Otel.rename("status"), "http.response.status_code");
        assert_eq!(Schema::Ecs.rename("router"), "router");
        assert_eq!(Schema::Own.rename("status"), "status");
        assert!(Schema::Otel.is_version("protocol") && !Schema::Own.is_version("protocol"));
    }
}
