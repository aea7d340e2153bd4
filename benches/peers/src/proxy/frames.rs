//! Where messages begin in a stream of PostgreSQL's protocol.

/// Finds the kinds of messages in bytes that come in pieces.
pub struct Frames {
    /// The part of a header that is there so far.
    header: Vec<u8>,
    /// Whether the next message has a kind: the first one of a client has none.
    kind: bool,
    /// How much of the current message's body is to come.
    body: usize,
}

impl Frames {
    pub fn of_client() -> Self {
        Self { header: Vec::new(), kind: false, body: 0 }
    }

    pub fn of_server() -> Self {
        Self { kind: true, ..Self::of_client() }
    }

    /// Calls back with the kind of each message that begins in these bytes.
    pub fn read(&mut self, mut bytes: &[u8], mut begins: impl FnMut(u8)) {
        while !bytes.is_empty() {
            if self.body > 0 {
                let passed = self.body.min(bytes.len());
                self.body -= passed;
                bytes = &bytes[passed..];
                continue;
            }
            let needed = 4 + usize::from(self.kind);
            let taken = (needed - self.header.len()).min(bytes.len());
            self.header.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.header.len() == needed {
                let length: [u8; 4] = self.header[needed - 4..].try_into().expect("four bytes");
                self.body = (u32::from_be_bytes(length) as usize).saturating_sub(4);
                if self.kind {
                    begins(self.header[0]);
                }
                self.kind = true;
                self.header.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_however_the_bytes_are_cut() {
        let stream = b"\0\0\0\x08\0\x03\0\0Q\0\0\0\x06a\0S\0\0\0\x04E\0\0\0\x09\0\0\0\0\0";
        for size in 1..=stream.len() {
            let (mut frames, mut kinds) = (Frames::of_client(), Vec::new());
            for piece in stream.chunks(size) {
                frames.read(piece, |kind| kinds.push(kind));
            }
            assert_eq!(kinds, b"QSE", "in pieces of {size}");
        }
    }
}
