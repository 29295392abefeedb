//! Processes that outlive the program that starts them, and are found again by what they wrote when they began.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::error::{Error, at};
use crate::wait::{self, Look};

/// Written by the process itself before it becomes the program: its line of `/proc`.
const FILE: &str = "process";
/// What it says.
pub(crate) const LOG: &str = "log";
/// Writes the process's own line and becomes the program. So there is no moment at which the program runs and nobody
/// knows it, whenever we are killed.
const BECOME: &str = "cat /proc/$$/stat > process && exec \"$0\" \"$@\"";
/// Time to end by itself.
const PATIENCE: Duration = Duration::from_secs(15);

/// A process with its group, known by its id and when it began: an id alone may be another's by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    id: Pid,
    started: u64,
}

/// Starts a program in its folder, in a process group of its own, and leaves it to itself.
pub(crate) fn spawn(
    folder: &Path,
    program: &Path,
    arguments: &[&str],
    environment: &[(String, String)],
) -> Result<(), Error> {
    let log_path = folder.join(LOG);
    let log = at(&log_path, File::options().create(true).append(true).open(&log_path))?;
    let errors = at(&log_path, log.try_clone())?;
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(BECOME).arg(program).args(arguments).current_dir(folder);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
    forget(folder)?;
    let mut child = at(program, command.spawn())?;
    // While this program lives, it must take note of a child's end, or the child stays a zombie.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// The process that was started in a folder, if it runs.
pub(crate) fn running(folder: &Path) -> Option<Process> {
    let process = recorded(folder)?;
    process.runs().then_some(process)
}

/// Whether a process was started in a folder and has not yet written who it is.
pub(crate) fn starting(folder: &Path) -> bool {
    recorded(folder).is_none()
}

/// Ends what was started in a folder, with all that it started: politely, then by force.
pub(crate) fn stop(folder: &Path) -> Result<(), Error> {
    let Some(process) = recorded(folder) else { return Ok(()) };
    let group_is_ours = || process.group_is_ours();
    if group_is_ours() {
        signal(process.id, Signal::TERM);
        let ended = || Ok(if group_is_ours() { Look::NotYet(String::new()) } else { Look::Ready });
        if wait::until("the end of a process", PATIENCE, ended).is_err() {
            signal(process.id, Signal::KILL);
            wait::until(&format!("the end of process {:?}", process.id), PATIENCE, ended)?;
        }
    }
    forget(folder)
}

/// Ends at once what was started in a folder, as if the machine had failed.
pub(crate) fn kill(folder: &Path) -> Result<(), Error> {
    if let Some(process) = recorded(folder)
        && process.group_is_ours()
    {
        signal(process.id, Signal::KILL);
        let ended = || Ok(if process.group_is_ours() { Look::NotYet(String::new()) } else { Look::Ready });
        wait::until("the end of a process", PATIENCE, ended)?;
    }
    forget(folder)
}

/// Halts what was started in a folder, with all that it started, or has it go on.
pub(crate) fn halt(folder: &Path, halted: bool) {
    if let Some(process) = running(folder) {
        signal(process.id, if halted { Signal::STOP } else { Signal::CONT });
    }
}

/// Ends at once what a process that was started in a folder has started itself.
pub(crate) fn kill_children(folder: &Path) {
    let Some(process) = running(folder) else { return };
    for child in group(process.id()).filter(|(id, _)| *id != process.id()).filter_map(|(id, _)| Pid::from_raw(id)) {
        let _ = kill_process(child, Signal::KILL);
    }
}

fn signal(group: Pid, signal: Signal) {
    // It may have ended meanwhile, which is what we want.
    let _ = kill_process_group(group, signal);
}

fn forget(folder: &Path) -> Result<(), Error> {
    let file = folder.join(FILE);
    match fs::remove_file(&file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::File { path: file, source }),
        _ => Ok(()),
    }
}

fn recorded(folder: &Path) -> Option<Process> {
    let line = fs::read_to_string(folder.join(FILE)).ok()?;
    let id: i32 = line.split_once(' ')?.0.parse().ok()?;
    Some(Process { id: Pid::from_raw(id)?, started: Stat::parse(&line)?.started })
}

impl Process {
    /// Its id.
    pub(crate) fn id(self) -> i32 {
        self.id.as_raw_nonzero().get()
    }

    fn runs(self) -> bool {
        Stat::read(self.id()).is_some_and(|stat| stat.started == self.started && !stat.is_over())
    }

    /// Whether anything of its group is left. A group's id is not given to a new process while the group has members;
    /// so if there is a process of that id that began at another time, the group was gone before.
    fn group_is_ours(self) -> bool {
        if Stat::read(self.id()).is_some_and(|stat| stat.started != self.started) {
            return false;
        }
        group(self.id()).any(|(_, stat)| stat.started >= self.started)
    }
}

/// The processes of a group, with their ids.
fn group(id: i32) -> impl Iterator<Item = (i32, Stat)> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    ids.filter_map(|member| Some((member, Stat::read(member)?)))
        .filter(move |(_, stat)| stat.group == id && !stat.is_over())
}

/// What a process and all that it started have used so far, each with its id: their processor time in clock ticks, and the
/// most memory that it held at once, in bytes.
pub(crate) fn used(folder: &Path) -> Vec<(i32, u64, u64)> {
    let Some(process) = running(folder) else { return Vec::new() };
    let members = group(process.id()).filter_map(|(id, stat)| Some((id, stat.ticks, memory_peak(id)?)));
    members.collect()
}

/// The same of one process by its id, if it has not ended.
pub(crate) fn used_by(id: i32) -> Option<(u64, u64)> {
    let stat = Stat::read(id).filter(|stat| !stat.is_over())?;
    Some((stat.ticks, memory_peak(id)?))
}

/// Processor time of this program so far, in clock ticks.
pub(crate) fn own_ticks() -> u64 {
    let line = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    Stat::parse(&line).map_or(0, |stat| stat.ticks)
}

/// The most memory that a process held at once, in bytes.
fn memory_peak(id: i32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// What of a line of `/proc/ID/stat` is needed.
struct Stat {
    state: char,
    group: i32,
    /// Processor time of all its threads, in clock ticks.
    ticks: u64,
    /// Clock ticks since the machine started.
    started: u64,
}

impl Stat {
    fn read(id: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(PathBuf::from(format!("/proc/{id}/stat"))).ok()?)
    }

    /// The second field is the program's name in parentheses, and may contain anything.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let group = fields.nth(1)?.parse().ok()?;
        let user: u64 = fields.nth(8)?.parse().ok()?;
        let system: u64 = fields.next()?.parse().ok()?;
        let started = fields.nth(6)?.parse().ok()?;
        Some(Self { state, group, ticks: user + system, started })
    }

    /// A process that ended and of whose end nobody has taken note.
    fn is_over(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]
mod tests {
    use super::*;

    fn start(folder: &Path, script: &str) -> Process {
        spawn(folder, Path::new("/bin/sh"), &["-c", script], &[]).unwrap();
        let looks = || Ok(if running(folder).is_some() { Look::Ready } else { Look::NotYet(String::new()) });
        wait::until("a process", PATIENCE, looks).unwrap();
        running(folder).unwrap()
    }

    #[test]
    fn a_process_and_what_it_started_are_ended() {
        let folder = tempfile::tempdir().unwrap();
        // The leader ends at once; what it started is left behind, as after a crash.
        let mark = folder.path().join("started");
        let process = start(folder.path(), &format!("sleep 300 & : > '{}'; sleep 300", mark.display()));
        let started = || Ok(if mark.exists() { Look::Ready } else { Look::NotYet(String::new()) });
        wait::until("the second process", PATIENCE, started).unwrap();
        kill_process(process.id, Signal::KILL).unwrap();
        let ended = || Ok(if process.runs() { Look::NotYet(String::new()) } else { Look::Ready });
        wait::until("the leader's end", PATIENCE, ended).unwrap();
        assert!(process.group_is_ours());
        stop(folder.path()).unwrap();
        assert!(!process.group_is_ours());
        assert!(recorded(folder.path()).is_none());
    }

    #[test]
    fn what_a_process_started_is_ended_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let process = start(folder.path(), "sleep 300; echo ended; exec sleep 300");
        let has_child = || group(process.id()).count() > 1;
        let look = |ready: bool| Ok(if ready { Look::Ready } else { Look::NotYet(String::new()) });
        wait::until("a child", PATIENCE, || look(has_child())).unwrap();
        kill_children(folder.path());
        wait::until("the child's end", PATIENCE, || look(!has_child())).unwrap();
        assert!(process.runs());
        kill(folder.path()).unwrap();
    }

    #[test]
    fn a_line_of_a_process_is_read() {
        let line = "7 (a) b) S 1 7 7 0 -1 4194560 10 11 12 13 140 15 16 17 20 0 1 0 2200 23 24";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.state, stat.group, stat.ticks, stat.started), ('S', 7, 155, 2200));
    }

    #[test]
    fn what_a_process_and_its_children_use_is_known() {
        let folder = tempfile::tempdir().unwrap();
        start(folder.path(), "sleep 300 & i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; wait");
        let busy = || {
            let used = used(folder.path());
            let known = used.len() > 1 && used.iter().any(|one| one.1 > 0) && used.iter().all(|one| one.2 > 0);
            Ok(if known { Look::Ready } else { Look::NotYet(format!("{used:?}")) })
        };
        wait::until("processor time", PATIENCE, busy).unwrap();
        kill(folder.path()).unwrap();
        assert!(used(folder.path()).is_empty());
    }

    #[test]
    fn another_process_of_the_same_id_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let process = start(folder.path(), "sleep 300");
        let line = fs::read_to_string(folder.path().join(FILE)).unwrap();
        let other = line.replace(&process.started.to_string(), &(process.started - 1).to_string());
        fs::write(folder.path().join(FILE), other).unwrap();
        stop(folder.path()).unwrap();
        assert!(process.runs());
        fs::write(folder.path().join(FILE), line).unwrap();
        kill(folder.path()).unwrap();
        assert!(!process.runs());
    }
}
