//! Lines of Akamai `DataStream`, as its documentation has them ("`DataStream` 2 data set parameters",
//! and `DataStream` 1's "raw" logs): every value is a string.

use super::{JsonKey, JsonValue, Mix, Template};
use crate::format::{Kind, field::Unit};
use crate::value::time::Layout;

/// What stands at a path.
#[derive(Clone, Copy)]
enum Value {
    /// A field as text.
    Text(&'static str),
    /// A field, percent-encoded.
    Percent(&'static str),
    /// A duration in milliseconds.
    Milliseconds(&'static str),
    /// The time, in this layout.
    Time(&'static Layout),
    Constant(&'static str),
}

use Value::{Constant, Milliseconds, Percent, Text, Time};

const RAW: [(&str, Value); 20] = [
    ("type", Constant("cloud_monitor")),
    ("id", Text("request_id")),
    ("start", Time(&Layout::EpochMilliseconds)),
    ("cp", Constant("123456")),
    ("reqid", Text("trace_id")),
    ("netPerf.downloadTime", Milliseconds("request_time")),
    ("message.proto", Text("scheme")),
    ("message.protoVer", Text("protocol")),
    ("message.status", Text("status")),
    ("message.cliIP", Text("remote_addr")),
    ("message.reqPort", Text("server_port")),
    ("message.reqHost", Text("vhost")),
    ("message.reqMethod", Text("method")),
    ("message.reqPath", Percent("path")),
    ("message.reqQuery", Percent("query")),
    ("message.bytes", Text("bytes")),
    ("message.UA", Percent("user_agent")),
    ("reqHdr.referer", Percent("referer")),
    ("respHdr.contType", Percent("content_type")),
    ("cache.cacheHit", Text("cache_hit")),
];

const SECOND: [(&str, Value); 21] = [
    ("version", Constant("1")),
    ("cp", Constant("123456")),
    ("reqId", Text("request_id")),
    ("reqTimeSec", Time(&Layout::EpochSeconds)),
    ("bytes", Text("bytes")),
    ("cliIP", Text("remote_addr")),
    ("statusCode", Text("status")),
    ("proto", Text("scheme")),
    ("reqHost", Text("vhost")),
    ("reqMethod", Text("method")),
    ("reqPath", Text("path")),
    ("queryStr", Text("query")),
    ("reqPort", Text("server_port")),
    ("rspContentType", Text("content_type")),
    ("UA", Percent("user_agent")),
    ("tlsVersion", Text("ssl_protocol")),
    ("totalBytes", Text("bytes_sent")),
    ("turnAroundTimeMSec", Milliseconds("time_to_first_byte")),
    ("transferTimeMSec", Milliseconds("request_time")),
    ("cacheStatus", Text("cache_hit")),
    ("referer", Text("referer")),
];

/// The lines of the named format `name`, if it is one of `DataStream`, and the mix of statuses that
/// edgesense's generator has.
pub fn lines_of(name: &str) -> Option<(Template, Mix)> {
    let keys: &[(&str, Value)] = match name {
        "akamai_datastream1" => &RAW,
        "akamai_datastream2" => &SECOND,
        _ => return None,
    };
    let keys = keys.iter().map(|(path, value)| JsonKey { path: (*path).to_owned(), value: value.json() });
    Some((Template::Json(keys.collect()), Mix::Edgesense))
}

impl Value {
    fn json(self) -> JsonValue {
        match self {
            Text(field) => JsonValue::Quoted(field.to_owned(), Kind::Text),
            Percent(field) => JsonValue::PercentEncoded(field.to_owned()),
            Milliseconds(field) => JsonValue::Quoted(field.to_owned(), Kind::Duration(Unit::Milliseconds)),
            Time(layout) => JsonValue::Quoted("time".to_owned(), Kind::Time(layout.clone())),
            Constant(text) => JsonValue::Constant(text.to_owned()),
        }
    }
}
