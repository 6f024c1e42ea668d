//! Decompression of gzip and Zstandard streams of one or more members.

use std::io::{self, Read};

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

const COMPRESSED_BUFFER_BYTES: usize = 128 << 10;

/// How content is compressed. Recognised by its first bytes, never by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    /// RFC 1952; members may follow one another.
    Gzip,
    /// RFC 8878; frames, also skippable ones, may follow one another.
    Zstd,
}

impl Compression {
    /// Bytes that [`Compression::detect`] needs to see.
    pub(crate) const MAGIC_BYTES: usize = 4;

    /// The compression of content that begins with `head`, if any.
    pub(crate) fn detect(head: &[u8]) -> Option<Compression> {
        match head {
            [0x1f, 0x8b, ..] => Some(Compression::Gzip),
            // A frame, or a skippable frame, which parallel compressors put first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstd),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }

    fn may_begin_with(self, byte: u8) -> bool {
        match self {
            Compression::Gzip => byte == 0x1f,
            Compression::Zstd => byte == 0x28 || (0x50..=0x5f).contains(&byte),
        }
    }
}

enum Codec {
    Gzip(Box<Decompress>),
    Zstd(Decoder<'static>),
}

/// What one call of a codec did. Output that precedes an error counts.
struct Step {
    consumed: usize,
    produced: usize,
    end: Result<MemberEnd, String>,
}

#[derive(PartialEq, Eq)]
enum MemberEnd {
    Reached,
    Ahead,
}

impl Codec {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        match self {
            Codec::Gzip(inflate) => {
                let (total_in, total_out) = (inflate.total_in(), inflate.total_out());
                let result = inflate.decompress(input, output, FlushDecompress::None);
                let step = Step {
                    consumed: (inflate.total_in() - total_in) as usize,
                    produced: (inflate.total_out() - total_out) as usize,
                    end: match result {
                        Ok(Status::StreamEnd) => Ok(MemberEnd::Reached),
                        Ok(Status::Ok | Status::BufError) => Ok(MemberEnd::Ahead),
                        Err(error) => Err(error.message().unwrap_or("not deflate").to_owned()),
                    },
                };
                if let Ok(MemberEnd::Reached) = step.end {
                    *self = Codec::gzip();
                }
                step
            }
            Codec::Zstd(decoder) => {
                let mut from = InBuffer::around(input);
                let mut to = OutBuffer::around(output);
                let result = decoder.run(&mut from, &mut to);
                Step {
                    consumed: from.pos(),
                    produced: to.pos(),
                    end: match result {
                        Ok(0) => Ok(MemberEnd::Reached),
                        Ok(_) => Ok(MemberEnd::Ahead),
                        Err(error) => Err(error.to_string()),
                    },
                }
            }
        }
    }

    fn gzip() -> Codec {
        Codec::Gzip(Box::new(Decompress::new_gzip(15)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the first member.
    First,
    Within,
    /// After a member.
    Between,
    /// Nothing more will come.
    Ended,
}

/// Decompressed content.
///
/// A read error of kind `InvalidData` tells, in words for the user, what is wrong with the stream.
/// It comes after all that could be decompressed; the stream has then ended.
pub(crate) struct Decompressor<R> {
    compressed: R,
    compression: Compression,
    codec: Codec,
    buffer: Box<[u8]>,
    /// The unread part of `buffer`.
    begin: usize,
    end: usize,
    stage: Stage,
    /// The codec may hold output for which there was no room.
    holds_output: bool,
    error: Option<io::Error>,
}

impl<R: Read> Decompressor<R> {
    pub(crate) fn new(compression: Compression, compressed: R) -> io::Result<Decompressor<R>> {
        Ok(Decompressor {
            compressed,
            compression,
            codec: match compression {
                Compression::Gzip => Codec::gzip(),
                Compression::Zstd => Codec::Zstd(Decoder::new()?),
            },
            buffer: vec![0; COMPRESSED_BUFFER_BYTES].into_boxed_slice(),
            begin: 0,
            end: 0,
            stage: Stage::First,
            holds_output: false,
            error: None,
        })
    }

    /// Makes compressed bytes available, or settles that the stream ends here.
    fn fill(&mut self) -> io::Result<()> {
        self.begin = 0;
        self.end = self.compressed.read(&mut self.buffer)?;
        if self.end == 0 {
            if matches!(self.stage, Stage::First | Stage::Within) {
                self.fail("ends in the middle; what came before was counted");
            }
            self.stage = Stage::Ended;
        }
        Ok(())
    }

    /// Checks what follows a member: another one, zero padding (gzip), or garbage.
    fn enter_next_member(&mut self) {
        if self.compression == Compression::Gzip {
            let padding = self.buffer[self.begin..self.end].iter();
            self.begin += padding.take_while(|&&byte| byte == 0).count();
        }
        if self.begin < self.end {
            if self.compression.may_begin_with(self.buffer[self.begin]) {
                self.stage = Stage::Within;
            } else {
                self.fail("is followed by garbage, which was ignored");
            }
        }
    }

    fn fail(&mut self, what: &str) {
        let message = format!("the {} stream {what}", self.compression.name());
        self.error = Some(io::Error::new(io::ErrorKind::InvalidData, message));
        self.stage = Stage::Ended;
    }
}

impl<R: Read> Read for Decompressor<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.begin == self.end && !self.holds_output && self.stage != Stage::Ended {
                self.fill()?;
            }
            if self.stage == Stage::Between {
                self.enter_next_member();
                if self.stage == Stage::Between {
                    continue; // nothing but padding so far
                }
            }
            if self.stage == Stage::Ended {
                return self.error.take().map_or(Ok(0), Err);
            }
            let step = self.codec.step(&self.buffer[self.begin..self.end], output);
            self.begin += step.consumed;
            self.holds_output = step.produced == output.len();
            match step.end {
                Ok(MemberEnd::Ahead) => self.stage = Stage::Within,
                Ok(MemberEnd::Reached) => {
                    self.stage = Stage::Between;
                    self.holds_output = false;
                }
                Err(error) => {
                    self.fail(&format!("is corrupt ({error}); what came before was counted"));
                }
            }
            if step.produced > 0 {
                return Ok(step.produced);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(content: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    /// Text that compresses a little, over several codec blocks.
    fn content() -> Vec<u8> {
        let mut state = 1u32;
        (0..600_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b'a' + (state >> 27) as u8
            })
            .collect()
    }

    /// Content and error of a stream that arrives in small pieces.
    fn read_all(stream: &[u8], output_bytes: usize) -> (Vec<u8>, Option<String>) {
        let compression = Compression::detect(stream).unwrap();
        let pieces = stream
            .chunks(1000)
            .fold(Box::new(io::empty()) as Box<dyn Read>, |before, piece| Box::new(before.chain(piece)));
        let mut decompressor = Decompressor::new(compression, pieces).unwrap();
        let mut content = Vec::new();
        let mut output = vec![0; output_bytes];
        loop {
            match decompressor.read(&mut output) {
                Ok(0) => return (content, None),
                Ok(read) => content.extend_from_slice(&output[..read]),
                Err(error) => {
                    assert_eq!(decompressor.read(&mut output).unwrap(), 0);
                    return (content, Some(error.to_string()));
                }
            }
        }
    }

    #[test]
    fn members_follow_one_another() {
        let content = content();
        for compress in [gzip, zstd] {
            let stream = [compress(b""), compress(&content), compress(b"x"), compress(b"")].concat();
            let expected = [&content[..], b"x"].concat();
            for output_bytes in [1, 1000, 1 << 20] {
                assert!((expected.clone(), None) == read_all(&stream, output_bytes));
            }
        }
    }

    #[test]
    fn a_stream_cut_anywhere_gives_its_beginning_and_an_error() {
        let content = content();
        for compress in [gzip, zstd] {
            let stream = compress(&content);
            let mut longest = 0;
            for kept in [4, 10, 1000, stream.len() / 2, stream.len() - 9, stream.len() - 1] {
                let (read, error) = read_all(&stream[..kept], 1 << 16);
                assert!(content.starts_with(&read));
                assert!(error.unwrap().contains("ends in the middle"));
                longest = longest.max(read.len());
            }
            assert!(longest > content.len() * 3 / 4);
        }
    }

    #[test]
    fn corruption_keeps_what_came_before() {
        let content = content();
        for compress in [gzip, zstd] {
            let mut stream = compress(&content);
            let middle = stream.len() / 2;
            stream[middle..middle + 8].copy_from_slice(&[0xff; 8]);
            let (read, error) = read_all(&stream, 1 << 20);
            assert!(error.unwrap().contains("is corrupt ("));
            let kept = content.iter().zip(&read).take_while(|(a, b)| a == b).count();
            assert!(kept > content.len() / 4, "{kept}");
        }
    }

    #[test]
    fn a_wrong_checksum_is_told() {
        let mut stream = gzip(b"one line\n");
        let at = stream.len() - 8;
        stream[at] ^= 1;
        let (read, error) = read_all(&stream, 100);
        assert_eq!(read, b"one line\n");
        assert!(error.unwrap().contains("is corrupt ("));
    }

    #[test]
    fn only_zero_padding_may_follow_gzip() {
        let follow = |tail: &[u8]| read_all(&[&gzip(b"a\n"), tail].concat(), 100);
        let garbage = "the gzip stream is followed by garbage, which was ignored";
        assert_eq!(follow(&[0; 5000]), (b"a\n".to_vec(), None));
        assert_eq!(follow(b"\n"), (b"a\n".to_vec(), Some(garbage.to_owned())));
        assert_eq!(follow(b"\0\0plain"), (b"a\n".to_vec(), Some(garbage.to_owned())));
        assert_eq!(follow(&gzip(b"b\n")), (b"a\nb\n".to_vec(), None));
    }
}
