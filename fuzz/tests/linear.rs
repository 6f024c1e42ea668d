//! A line of twice the length costs about twice the instructions, whatever it holds: no reader takes
//! quadratic time. Instructions are counted by Valgrind, since times say little on a busy machine.

use std::path::PathBuf;
use std::process::Command;

use logagent_fuzz::double::{FORMATS, UNITS};

/// Linear is 2, quadratic is 4; small fixed costs and memory that grows in steps lie between.
const MOST: f64 = 2.6;

fn valgrind() -> Option<PathBuf> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scripts/find-program.sh");
    let found = Command::new(script).arg("valgrind").output().expect("the script");
    let path = String::from_utf8(found.stdout).expect("a path");
    if found.status.success() {
        return Some(PathBuf::from(path.trim_end()));
    }
    assert!(std::env::var_os("CI").is_none(), "Valgrind is not to be had");
    eprintln!("left out: Valgrind is not to be had");
    None
}

#[test]
fn twice_the_length_is_twice_the_work() {
    let Some(valgrind) = valgrind() else { return };
    let folder = std::env::temp_dir().join(format!("logagent-linear-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let measured = "logagent_fuzz::double::measured";
    let status = Command::new(valgrind)
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}/out", folder.display()))
        .arg("--collect-atstart=no")
        .arg(format!("--toggle-collect={measured}"))
        .arg(format!("--dump-after={measured}"))
        .arg(env!("CARGO_BIN_EXE_logagent-fuzz"))
        .arg("double")
        .output()
        .expect("Valgrind");
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    let mut part = 0;
    let mut instructions = || {
        part += 1;
        let text = std::fs::read_to_string(folder.join(format!("out.{part}"))).expect("a dump for each call");
        let total =
            text.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
        total.expect("a total").trim().parse::<f64>().expect("a number")
    };
    let mut worse = Vec::new();
    for format in FORMATS {
        for unit in UNITS {
            let (once, twice) = (instructions(), instructions());
            assert!(once > 0.0, "{format} of {unit}");
            if twice / once > MOST {
                worse.push(format!("{format} of {unit}: {once} and {twice} instructions"));
            }
        }
    }
    std::fs::remove_dir_all(&folder).expect("the folder");
    assert!(worse.is_empty(), "{worse:#?}");
}
