/// What RFC 5424, 6.2.1 calls PRI: facility and severity in one number, 0 to 191.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priority(u8);

impl Priority {
    /// What a message without a priority has (RFC 3164, 4.3.3): facility 1 (user), severity 5 (notice).
    pub const MISSING: Priority = Priority(13);

    /// 0 (kernel) to 23 (local7).
    pub const fn facility(self) -> u8 {
        self.0 / 8
    }

    /// 0 (emergency) to 7 (debug).
    pub const fn severity(self) -> u8 {
        self.0 % 8
    }

    /// Reads `<34>` at the start of `bytes`: the priority and what follows it.
    pub(crate) fn split(bytes: &[u8]) -> Option<(Priority, &[u8])> {
        let digits = bytes.strip_prefix(b"<")?;
        let length = digits.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = digits.split_at_checked(length)?;
        let rest = rest.strip_prefix(b">")?;
        if !(1..=3).contains(&length) {
            return None;
        }
        let number = number.iter().fold(0_u16, |number, digit| number * 10 + u16::from(digit - b'0'));
        u8::try_from(number).ok().filter(|number| *number <= 191).map(|number| (Priority(number), rest))
    }
}
