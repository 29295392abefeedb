/// Declares a protobuf enumeration together with the names that its values have in Fabric's protocol.
///
/// Adds what `prost-build` generates beside `prost::Enumeration`: `as_str_name` and `from_str_name`.
macro_rules! enumeration {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $( $(#[$value_attribute:meta])* $value:ident = $number:literal => $text:literal, )+ }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
        #[repr(i32)]
        pub enum $name { $( $(#[$value_attribute])* $value = $number, )+ }

        impl $name {
            /// The value's name in Fabric's protocol.
            pub const fn as_str_name(&self) -> &'static str {
                match self { $( Self::$value => $text, )+ }
            }

            /// The value with this name in Fabric's protocol.
            pub fn from_str_name(name: &str) -> Option<Self> {
                match name { $( $text => Some(Self::$value), )+ _ => None }
            }
        }
    };
}

pub(crate) use enumeration;
