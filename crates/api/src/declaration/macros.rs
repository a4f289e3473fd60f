//! How nouns declare endpoints and queries.

/// Declares the endpoints of a noun.
///
/// ```text
/// endpoints! {
///     /// What is to be said about all of them; may be left out.
///     noun "Queues";
///
///     /// Deletes a queue (204); 400 when a condition does not hold.
///     DELETE "/api/queues/{vhost}/{queue}" => Delete { vhost, queue },
///         access: InVhost<Management>, query: DeleteConditions;
/// }
/// ```
///
/// `query`, `body` and `answer` may be left out, in this order. Each line becomes a type with the parts of its path
/// as fields (that they are the template's is checked when it is compiled), and its [`Endpoint`](super::Endpoint).
/// `NOUN` lists them, and `Visitor` is what has something for each.
macro_rules! endpoints {
    (
        $(#[doc = $about:literal])*
        noun $title:literal;
        $(
            $(#[doc = $doc:literal])+
            $method:ident $path:literal => $name:ident $({ $($part:ident),+ })?,
            access: $access:ty
            $(, query: $query:ty)? $(, body: $body:ty)? $(, answer: $answer:ty)?;
        )+
    ) => {
        /// The endpoints of this noun.
        pub const NOUN: $crate::declaration::Noun = $crate::declaration::Noun {
            title: $title,
            doc: concat!($($about, "\n"),*),
            endpoints: &[$($crate::declaration::EndpointInfo::of::<$name>()),+],
        };

        /// What has something for every endpoint of this noun.
        pub trait Visitor: $($crate::declaration::Visit<$name> +)+ {}

        impl<V: $($crate::declaration::Visit<$name> +)+> Visitor for V {}

        /// Comes by every endpoint of this noun.
        pub fn visit<V: Visitor>(visitor: &mut V) {
            $(<V as $crate::declaration::Visit<$name>>::visit(visitor);)+
        }

        $(
            $crate::declaration::one_endpoint! {
                $name [$($($part),+)?] [$($doc),+]
                const METHOD: $crate::declaration::Method = $crate::declaration::Method::$method;
                const PATH: &'static str = $path;
                const DOC: &'static str = concat!($($doc),+);
                type Access = $access;
                type Query = $crate::declaration::or_unit!($($query)?);
                type Body = $crate::declaration::or_unit!($($body)?);
                type Answer = $crate::declaration::or_unit!($($answer)?);
            }

            const _: () = {
                const PARTS: &[&str] = &[$($(stringify!($part)),+)?];
                assert!(
                    $crate::declaration::has_parts($path, PARTS),
                    concat!("the parts of ", stringify!($name), " are not those of its path")
                );
                assert!(
                    !<$access as $crate::declaration::Access>::IN_VHOST
                        || $crate::declaration::has_part(PARTS, "vhost"),
                    concat!("the path of ", stringify!($name), " names no vhost")
                );
            };
        )+
    };
}

/// The type of one endpoint: without parts a unit, else a struct of them. A caller has them as `&str`, a server as
/// `String`.
macro_rules! one_endpoint {
    ($name:ident [] [$($doc:literal),+] $($items:tt)*) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl $crate::declaration::Endpoint for $name {
            $($items)*

            fn path(&self) -> String {
                Self::PATH.to_owned()
            }
        }

        impl $crate::declaration::FromPath for $name {
            fn from_path(_: &mut dyn Iterator<Item = String>) -> Option<Self> {
                Some(Self)
            }
        }
    };
    ($name:ident [$($part:ident),+] [$($doc:literal),+] $($items:tt)*) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<S = String> {
            $(
                #[doc = concat!("What stands for `{", stringify!($part), "}` in the path.")]
                pub $part: S,
            )+
        }

        impl<S: AsRef<str>> $crate::declaration::Endpoint for $name<S> {
            $($items)*

            fn path(&self) -> String {
                $crate::declaration::fill(Self::PATH, &[$(self.$part.as_ref()),+])
            }
        }

        impl $crate::declaration::FromPath for $name {
            fn from_path(parts: &mut dyn Iterator<Item = String>) -> Option<Self> {
                Some(Self { $($part: parts.next()?),+ })
            }
        }
    };
}

/// A type, or `()` where there is none.
macro_rules! or_unit {
    () => {
        ()
    };
    ($type:ty) => {
        $type
    };
}

/// Declares a query: a struct with the key of each field.
macro_rules! query {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $($(#[doc = $doc:literal])+ $key:literal => $field:ident: $type:ty,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl $crate::declaration::Query for $name {
            const KEYS: &'static [$crate::declaration::QueryKey] =
                &[$($crate::declaration::QueryKey { name: $key, doc: concat!($($doc),+) }),+];

            fn read<'q>(value: &dyn Fn(&str) -> Option<&'q str>) -> Self {
                Self { $($field: $crate::declaration::QueryValue::read(value($key))),+ }
            }

            fn write(&self) -> Vec<(&'static str, String)> {
                let all = [$(($key, $crate::declaration::QueryValue::write(&self.$field))),+];
                all.into_iter().filter_map(|(key, text)| Some((key, text?))).collect()
            }
        }
    };
}

pub(crate) use {endpoints, one_endpoint, or_unit, query};
