//! Log formats straight from the configuration of a web server: includes, named formats, and which file
//! is written in which format.

mod apache;
mod nginx;
mod words;

use super::{Format, FormatError};
use crate::spec::Surroundings;

/// A web server whose configuration is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// `log_format` and `access_log`.
    Nginx,
    /// `LogFormat`, `CustomLog` and `TransferLog`.
    Apache,
}

/// What a configuration says about logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerLogs {
    /// Named formats: name, and the text that declares it.
    pub formats: Vec<(String, String)>,
    /// Files, and the name of the format of each.
    pub files: Vec<(String, String)>,
}

/// Files that include each other, at most.
const MAX_FILES: usize = 1000;

/// Reads the configuration at `path` and what it includes.
///
/// # Errors
/// One line that names the file that cannot be read.
pub fn read(server: Server, path: &str, surroundings: &dyn Surroundings) -> Result<ServerLogs, String> {
    match server {
        Server::Nginx => nginx::read(path, surroundings),
        Server::Apache => apache::read(path, surroundings),
    }
}

/// The logs of a server that are in one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerLog {
    /// The format's name.
    pub name: String,
    /// The format.
    pub format: Format,
    /// The files, as patterns where the server puts variables into their names.
    pub paths: Vec<String>,
}

impl ServerLogs {
    /// The logs by their formats, in the order of the configuration; with `name`, those of that format,
    /// which may have none.
    ///
    /// # Errors
    /// When a format is not declared, or no log is.
    pub fn by_format(&self, server: Server, name: Option<&str>) -> Result<Vec<ServerLog>, String> {
        let mut names: Vec<&str> = name.into_iter().collect();
        if name.is_none() {
            for (_, format) in &self.files {
                if !names.contains(&format.as_str()) {
                    names.push(format);
                }
            }
        }
        if names.is_empty() {
            return Err("it names no access log".to_owned());
        }
        let unset = self.files.iter().find(|(path, _)| path.contains("${"));
        if let Some((path, _)) = unset.filter(|_| name.is_none()) {
            return Err(format!(
                "the log {path} needs a variable that is set neither there nor in the environment"
            ));
        }
        let log = |name: &str| {
            let files = self.files.iter().filter(|(_, format)| format == name);
            let paths = files.map(|(path, _)| path.clone()).collect();
            Ok(ServerLog { name: name.to_owned(), format: self.format(server, Some(name))?, paths })
        };
        names.into_iter().map(log).collect()
    }

    /// The format named `name`; without a name, the one of all files, if there is just one.
    ///
    /// # Errors
    /// When there is no such format, or several, and which there are.
    pub fn format(&self, server: Server, name: Option<&str>) -> Result<Format, String> {
        let mut used: Vec<&str> = self.files.iter().map(|(_, format)| format.as_str()).collect();
        used.sort_unstable();
        used.dedup();
        let name = match (name, used.as_slice()) {
            (Some(name), _) => name,
            (None, [only]) => only,
            (None, []) => return Err("it names no access log".to_owned()),
            (None, several) => {
                return Err(format!(
                    "its logs have several formats; choose one with `name`: {}",
                    several.join(", ")
                ));
            }
        };
        let declared = self.formats.iter().rev().find(|(known, _)| known == name);
        let text = match (declared, server, name) {
            (Some((_, text)), ..) => text.as_str(),
            (None, Server::Nginx, "combined") => return named("combined"),
            _ => {
                let known: Vec<&str> = self.formats.iter().map(|(name, _)| name.as_str()).collect();
                return Err(format!("it declares no format {name}; there are: {}", known.join(", ")));
            }
        };
        let parsed = match server {
            Server::Nginx => super::nginx::parse(text),
            Server::Apache => super::apache::parse(text),
        };
        parsed.map(Format::Text).map_err(|error: FormatError| format!("its format {name}: {error}"))
    }
}

fn named(name: &str) -> Result<Format, String> {
    let format = super::named::find(name).ok_or_else(|| format!("there is no format {name}"))?;
    format.format().map_err(|error| error.to_string())
}

/// The path of a log, `/var/log/$host.log`, as a pattern of the files that it means.
fn pattern_of(path: &str) -> String {
    let mut parts = path.split('$');
    let mut pattern = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = match part.strip_prefix('{') {
            Some(inside) => inside.split_once('}').map_or("", |(_, rest)| rest),
            None => part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        };
        pattern.push('*');
        pattern.push_str(rest);
    }
    pattern
}

/// Whether a log is written to a file: not to a program, to syslog, or to a device such as `/dev/stdout`,
/// from which nothing could be read.
fn is_file(path: &str) -> bool {
    ["|", "syslog:", "/dev/"].iter().all(|other| !path.starts_with(other))
}

/// `path` as a server means it: relative to the directory of its main configuration file.
fn within(path: &str, main: &str) -> String {
    match main.rsplit_once('/') {
        Some((directory, _)) if !path.starts_with('/') => format!("{directory}/{path}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Files(BTreeMap<&'static str, &'static str>);

    impl Surroundings for Files {
        fn files(&self, pattern: &str) -> Result<Vec<String>, String> {
            let Some(prefix) = pattern.strip_suffix("*.conf") else { return Ok(vec![pattern.to_owned()]) };
            Ok(self.0.keys().filter(|path| path.starts_with(prefix)).map(|path| (*path).to_owned()).collect())
        }

        fn read(&self, path: &str) -> Result<String, String> {
            self.0
                .get(path)
                .map(|text| (*text).to_owned())
                .ok_or_else(|| "No such file or directory".to_owned())
        }

        fn variable(&self, _name: &str) -> Option<String> {
            None
        }
    }

    #[test]
    fn variables_of_paths_stand_for_any_text() {
        for (path, pattern) in [
            ("/var/log/a.log", "/var/log/a.log"),
            ("/var/log/$host.log", "/var/log/*.log"),
            ("logs/${host}_$server_port", "logs/*_*"),
        ] {
            assert_eq!(pattern_of(path), pattern);
        }
    }

    #[test]
    fn nginx_formats_and_files_are_paired_through_includes() {
        let files = Files(BTreeMap::from([
            (
                "/etc/nginx/nginx.conf",
                "user www; # access_log /no; \nhttp { log_format timed '$remote_addr '\n '\"$request\" $status';\n include conf.d/*.conf; access_log /var/log/a.log; }",
            ),
            (
                "/etc/nginx/conf.d/b.conf",
                "server { access_log /var/log/b.log timed buffer=32k; location / { access_log off; access_log syslog:server=x timed; access_log /dev/stdout timed; } }",
            ),
        ]));
        let logs = read(Server::Nginx, "/etc/nginx/nginx.conf", &files).unwrap();
        let pair = |path: &str, format: &str| (path.to_owned(), format.to_owned());
        assert_eq!(logs.files, [pair("/var/log/b.log", "timed"), pair("/var/log/a.log", "combined")]);
        assert!(logs.format(Server::Nginx, None).unwrap_err().contains("several"));
        let Ok(Format::Text(pattern)) = logs.format(Server::Nginx, Some("timed")) else { panic!("a format") };
        let names: Vec<_> = pattern.fields().filter_map(|field| field.name.clone()).collect();
        assert_eq!(names, ["remote_addr", "request", "status"]);
        assert!(logs.format(Server::Nginx, Some("none")).unwrap_err().contains("timed"));
        let by_format = logs.by_format(Server::Nginx, None).unwrap();
        let shown: Vec<(&str, &[String])> = by_format.iter().map(|log| (&*log.name, &*log.paths)).collect();
        let (a, b) = (["/var/log/a.log".to_owned()], ["/var/log/b.log".to_owned()]);
        assert_eq!(shown, [("timed", &b[..]), ("combined", &a[..])]);
        assert_eq!(logs.by_format(Server::Nginx, Some("timed")).unwrap(), by_format[..1]);
    }

    #[test]
    fn apache_formats_and_files_are_paired_through_includes() {
        let files = Files(BTreeMap::from([
            (
                "/etc/apache2/apache2.conf",
                "ServerRoot \"/etc/apache2\"\nLogFormat \"%h %>s \\\"%r\\\"\" short\nIncludeOptional sites/*.conf\n# CustomLog x short\n",
            ),
            (
                "/etc/apache2/sites/a.conf",
                "<VirtualHost *:80>\n CustomLog /var/log/a.log \\\n  short env=!quiet\n CustomLog \"/var/log/b.log\" \"%h %b\"\n CustomLog \"|pipe\" short\n CustomLog /var/log/$site.log short\n</VirtualHost>\n",
            ),
        ]));
        let logs = read(Server::Apache, "/etc/apache2/apache2.conf", &files).unwrap();
        let paths: Vec<&str> = logs.files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["/var/log/a.log", "/var/log/b.log", "/var/log/*.log"]);
        for (_, name) in &logs.files {
            assert!(logs.format(Server::Apache, Some(name)).is_ok(), "{name}");
        }
    }

    #[test]
    fn apache_variables_are_those_of_the_configuration_or_of_its_environment() {
        let main = "Define name shop\nTransferLog ${APACHE_LOG_DIR}/${name}.log\nGlobalLog ${APACHE_LOG_DIR}/all.log %h\n";
        let script = "unset HOME\nexport APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n";
        let with = |script| {
            Files(BTreeMap::from([("/etc/apache2/apache2.conf", main), ("/etc/apache2/envvars", script)]))
        };
        let logs = read(Server::Apache, "/etc/apache2/apache2.conf", &with(script)).unwrap();
        let found = logs.by_format(Server::Apache, None).unwrap();
        let paths: Vec<&str> = found.iter().flat_map(|log| &log.paths).map(String::as_str).collect();
        assert_eq!(paths, ["/var/log/apache2/shop.log", "/var/log/apache2/all.log"]);
        assert_eq!(found[0].format, named("common").unwrap());
        let logs = read(Server::Apache, "/etc/apache2/apache2.conf", &with("")).unwrap();
        assert!(logs.by_format(Server::Apache, None).unwrap_err().contains("${APACHE_LOG_DIR}/shop.log"));
        assert!(logs.by_format(Server::Apache, Some("%h")).is_ok());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read(Server::Nginx, "/none", &Files(BTreeMap::new())).unwrap_err();
        assert_eq!(error, "cannot read /none: No such file or directory");
    }
}
