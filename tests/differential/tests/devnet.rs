//! Two embedded networks do the same with the same transactions, whatever their keys are. So what differs between one of
//! them and a real network is no accident.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test a panic is the best answer")]

use differential::workload::workload;
use differential::{Access, CHANNELS, differences, play_on_both, start_devnet};
use std::path::{Path, PathBuf};

#[tokio::test(flavor = "multi_thread")]
async fn two_networks_do_the_same() {
    let folder = std::env::var_os("GRIDBOURSE_CONTRACTS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/contracts"));
    let recorder = std::fs::read(folder.join("recorder.wasm")).expect("run `cargo xtask contracts` first");
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let one = start_devnet(folders[0].path(), &recorder).await.unwrap();
    let other = start_devnet(folders[1].path(), &recorder).await.unwrap();
    let accesses = [Access::devnet(&one).unwrap(), Access::devnet(&other).unwrap()];
    let workload = workload(1, 60);
    for channel in CHANNELS {
        let [left, right] = play_on_both([&accesses[0], &accesses[1]], channel, &workload, |_, _| {}).await.unwrap();
        assert_eq!(differences(&workload, &left, &right), Vec::<String>::new());
        let codes = left.blocks.iter().flatten().map(|(_, code)| code.as_str());
        assert!(codes.filter(|code| *code != "VALID").count() > 0, "some are invalid");
    }
    one.stop().await;
    other.stop().await;
}
