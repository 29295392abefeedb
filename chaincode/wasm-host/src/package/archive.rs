//! Tar archives in gzip's framing: written the same way every time, read with suspicion.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use flate2::Crc;
use flate2::read::MultiGzDecoder;
use tar::{Archive, Builder, EntryType, Header};

use super::PackageError;
use crate::limits::PACKAGE_BYTES_MAX;

/// Files of one archive; ours have two at most.
const FILES_MAX: usize = 64;
/// What a block of gzip's format holds at most when it is stored without compression.
const STORED_BLOCK_BYTES_MAX: usize = u16::MAX as usize;

/// Packs files in the order of their names.
pub(super) fn pack(files: &BTreeMap<&str, &[u8]>) -> Result<Vec<u8>, PackageError> {
    let mut tar = Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        tar.append_data(&mut header, name, *bytes).map_err(bad_archive)?;
    }
    Ok(gzip_stored(&tar.into_inner().map_err(bad_archive)?))
}

/// Unpacks a whole archive into memory. It holds files and nothing else.
pub(super) fn unpack(file: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    unpack_as(file, Form::Files)
}

/// Unpacks an archive as `tar -C FOLDER .` makes it: with folders, which are left out, and names that begin with `./`.
pub(super) fn unpack_folder(file: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    unpack_as(file, Form::Folder)
}

/// What an archive may hold.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Files,
    Folder,
}

fn unpack_as(file: &[u8], form: Form) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    if file.len() > PACKAGE_BYTES_MAX {
        return Err(PackageError::Archive(format!("{} bytes are more than {PACKAGE_BYTES_MAX}", file.len())));
    }
    // Decompressed as a whole and at once: no entry's header can claim more than there is, and the checksum at the
    // end is verified before anything is believed.
    let mut tar = Vec::new();
    MultiGzDecoder::new(file).take(PACKAGE_BYTES_MAX as u64 + 1).read_to_end(&mut tar).map_err(bad_archive)?;
    if tar.len() > PACKAGE_BYTES_MAX {
        return Err(PackageError::Archive(format!("it unpacks to more than {PACKAGE_BYTES_MAX} bytes")));
    }
    let mut files = BTreeMap::new();
    for (count, entry) in Archive::new(Cursor::new(tar)).entries().map_err(bad_archive)?.enumerate() {
        if count == FILES_MAX {
            return Err(PackageError::Archive(format!("more than {FILES_MAX} files")));
        }
        let mut entry = entry.map_err(bad_archive)?;
        let mut name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if form == Form::Folder {
            if entry.header().entry_type() == EntryType::Directory {
                continue;
            }
            name = name.strip_prefix("./").unwrap_or(&name).to_owned();
        }
        if entry.header().entry_type() != EntryType::Regular {
            return Err(PackageError::Archive(format!("{name:?} is not a regular file")));
        }
        if !is_plain_path(&name) {
            return Err(PackageError::Archive(format!("{name:?} leads out of the archive")));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(bad_archive)?;
        if files.insert(name.clone(), bytes).is_some() {
            return Err(PackageError::Archive(format!("{name:?} is there twice")));
        }
    }
    Ok(files)
}

/// Relative, and without a step up.
fn is_plain_path(name: &str) -> bool {
    !name.is_empty() && name.split('/').all(|part| !matches!(part, "" | "." | "..")) && !name.contains(['\\', '\0'])
}

/// Gzip's framing (RFC 1952) around stored blocks (RFC 1951, 3.2.4), without a time and a file name.
fn gzip_stored(bytes: &[u8]) -> Vec<u8> {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut file = HEADER.to_vec();
    let last = bytes.len().saturating_sub(1) / STORED_BLOCK_BYTES_MAX;
    for (number, block) in bytes.chunks(STORED_BLOCK_BYTES_MAX).enumerate() {
        #[expect(clippy::cast_possible_truncation, reason = "a block has at most u16::MAX bytes")]
        let length = block.len() as u16;
        file.push(u8::from(number == last));
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
    let mut checksum = Crc::new();
    checksum.update(bytes);
    file.extend(checksum.sum().to_le_bytes());
    file.extend(checksum.amount().to_le_bytes());
    file
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn bad_archive(error: std::io::Error) -> PackageError {
    PackageError::Archive(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn tar_of(kind: EntryType, name: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        let mut tar = Builder::new(Vec::new());
        tar.append(&header, bytes).unwrap();
        tar.into_inner().unwrap()
    }

    fn refusal(file: &[u8]) -> String {
        unpack(file).unwrap_err().to_string()
    }

    #[test]
    fn compressed_archives_are_read_too() {
        let tar = tar_of(EntryType::Regular, b"a/b.json", b"{}");
        assert_eq!(unpack(&gzip(&tar)).unwrap(), BTreeMap::from([("a/b.json".to_owned(), b"{}".to_vec())]));
    }

    #[test]
    fn a_folder_is_read_without_its_folders() {
        let mut tar = tar_of(EntryType::Directory, b"./", b"");
        // Without the two empty blocks that end an archive.
        tar.truncate(512);
        tar.extend(tar_of(EntryType::Regular, b"./a.json", b"{}"));
        assert!(refusal(&gzip(&tar)).contains("not a regular file"));
        assert_eq!(unpack_folder(&gzip(&tar)).unwrap(), BTreeMap::from([("a.json".to_owned(), b"{}".to_vec())]));
        let outside = unpack_folder(&gzip(&tar_of(EntryType::Regular, b"./../a", b""))).unwrap_err().to_string();
        assert!(outside.contains("leads out"), "{outside}");
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = gzip(&vec![0; PACKAGE_BYTES_MAX + 1]);
        assert!(bomb.len() < PACKAGE_BYTES_MAX / 100);
        assert!(refusal(&bomb).contains("unpacks to more"));
    }

    #[test]
    fn paths_out_of_the_archive_are_refused() {
        for name in [b"../etc/passwd".as_slice(), b"/etc/passwd", b"a/../../b", b"./a"] {
            assert!(refusal(&gzip(&tar_of(EntryType::Regular, name, b""))).contains("leads out"), "{name:?}");
        }
    }

    #[test]
    fn only_regular_files_are_taken() {
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Directory, EntryType::Fifo, EntryType::Char] {
            assert!(refusal(&gzip(&tar_of(kind, b"a", b""))).contains("not a regular file"), "{kind:?}");
        }
    }

    #[test]
    fn a_size_that_is_not_there_is_refused() {
        let tar = tar_of(EntryType::Regular, b"a", &[1; 2000]);
        assert!(unpack(&gzip(&tar[..1024])).is_err());
    }

    #[test]
    fn a_wrong_checksum_is_refused() {
        let mut file = pack(&BTreeMap::from([("a", b"1".as_slice())])).unwrap();
        let end = file.len();
        file[end - 8] ^= 1;
        assert!(unpack(&file).is_err());
    }
}
