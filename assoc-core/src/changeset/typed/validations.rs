//! Validations. Their messages are Ecto's; [`Changeset::message`] gives others.

use std::{borrow::Cow, sync::Arc};

use sea_query::Value;

use super::{
    super::{FieldError, Length, Numbers, Rule, Validation, listed},
    Changeset, ErrorKey, MemberOf, Members,
};
use crate::{
    schema::{Column, Schema},
    types::{Assign, ColumnType},
};

impl<T: Schema> Changeset<T> {
    /// Each field must have a value that is not blank; an association of one row, a row.
    #[must_use]
    pub fn validate_required(self, members: impl Members<T>) -> Self {
        self.with(|node| node.validate_required(members.members().as_ref()))
    }

    /// Whether a field, or an association of one row, counts as blank (`field_missing?` in Ecto).
    pub fn is_missing(&self, member: impl MemberOf<T>) -> bool {
        self.node.is_missing(member.member())
    }

    /// The length of a changed field or association: characters of a text, bytes, items of a list, rows. What has no
    /// length, as a number, passes.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// let changeset = Post::build().set(Post::title, "Hi").validate_length(Post::title, 3..=100);
    /// assert_eq!(changeset.errors().to_string(), "title should be at least 3 character(s)");
    /// ```
    #[must_use]
    pub fn validate_length(self, member: impl MemberOf<T>, length: impl Into<Length>) -> Self {
        self.with(|node| node.validate_length(member.member(), &length.into()))
    }

    /// A changed text must satisfy a predicate, a regular expression's `is_match` for one.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// let changeset = Post::build().set(Post::title, "hello").validate_format(Post::title, |title| title.starts_with('H'));
    /// assert_eq!(changeset.errors().to_string(), "title has invalid format");
    /// ```
    #[must_use]
    pub fn validate_format<V>(self, column: Column<T, V>, matches: impl Fn(&str) -> bool) -> Self {
        self.with(|node| {
            node.validate(column.index(), Rule::Format, |value| match value {
                Value::String(Some(text)) if !matches(text) => {
                    Some(FieldError::new("has invalid format").with("validation", "format"))
                }
                _ => None,
            });
        })
    }

    /// A changed number must compare as asked: with one [`Number`](super::super::Number), or an array of them, of which
    /// the first that fails is the error.
    #[must_use]
    pub fn validate_number<V: ColumnType>(self, column: Column<T, V>, numbers: impl Numbers<V::Base>) -> Self
    where
        V::Base: PartialOrd,
    {
        self.with(|node| {
            let mut valid = true;
            for number in numbers.numbers() {
                let check = |value: &Value| {
                    let error = V::Base::from_value(value.clone()).ok().and_then(|value| number.check(&value));
                    error.filter(|_| std::mem::replace(&mut valid, false))
                };
                node.validate(column.index(), number.rule(), check);
            }
        })
    }

    /// A changed value must be one of these.
    #[must_use]
    pub fn validate_inclusion<V: ColumnType, I: Assign<V>>(
        self,
        column: Column<T, V>,
        values: impl IntoIterator<Item = I>,
    ) -> Self {
        self.validate_listed(column, Rule::Inclusion(list(values)))
    }

    /// A changed value must be none of these.
    #[must_use]
    pub fn validate_exclusion<V: ColumnType, I: Assign<V>>(
        self,
        column: Column<T, V>,
        values: impl IntoIterator<Item = I>,
    ) -> Self {
        self.validate_listed(column, Rule::Exclusion(list(values)))
    }

    /// All items of a changed list must be among these.
    #[must_use]
    pub fn validate_subset<E: ColumnType, V: ColumnType<Base = Vec<E>>, I: Assign<E>>(
        self,
        column: Column<T, V>,
        values: impl IntoIterator<Item = I>,
    ) -> Self {
        self.validate_listed(column, Rule::Subset(list(values)))
    }

    fn validate_listed<V>(self, column: Column<T, V>, rule: Rule) -> Self {
        self.with(|node| node.validate(column.index(), rule.clone(), |value| listed(&rule, value)))
    }

    /// The input must repeat the field under its name with `_confirmation` behind, if it has that at all; the error is
    /// on that name.
    ///
    /// ```
    /// # use assoc_core::{Params, Schema, doctest::Post};
    /// let params = Params::from(serde_json::json!({"title": "a", "title_confirmation": "b"}));
    /// let changeset = Post::build().cast(&params, Post::title).validate_confirmation(Post::title);
    /// assert_eq!(changeset.errors().to_string(), "title_confirmation does not match confirmation");
    /// ```
    #[must_use]
    pub fn validate_confirmation<V>(self, column: Column<T, V>) -> Self {
        self.with(|node| node.validate_confirmation(column.index(), false))
    }

    /// As [`validate_confirmation`](Self::validate_confirmation); the input must have it.
    #[must_use]
    pub fn validate_confirmation_required<V>(self, column: Column<T, V>) -> Self {
        self.with(|node| node.validate_confirmation(column.index(), true))
    }

    /// The input must say yes (`true`, `"true"`, `"1"`) to a param, which need not be a field: to terms, for one.
    #[must_use]
    pub fn validate_acceptance(self, param: impl Into<Cow<'static, str>>) -> Self {
        self.with(|node| node.validate_acceptance(param))
    }

    /// A check of your own on a changed value; the message, or a [`FieldError`] with parameters, is its error.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// let changeset = Post::build().set(Post::title, "foo").validate_change(Post::title, |title| {
    ///     if title == "foo" { Err("is a placeholder".into()) } else { Ok(()) }
    /// });
    /// assert_eq!(changeset.errors().to_string(), "title is a placeholder");
    /// ```
    #[must_use]
    pub fn validate_change<V: ColumnType>(
        self,
        column: Column<T, V>,
        check: impl Fn(V::Base) -> Result<(), FieldError>,
    ) -> Self {
        self.with(|node| {
            node.validate(column.index(), Rule::Custom, |value| {
                V::Base::from_value(value.clone()).ok().and_then(|value| check(value).err())
            });
        })
    }

    /// Gives the errors of some validations or casts another message, whose parameters are those of the usual one.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// let changeset = Post::build()
    ///     .set(Post::title, "Hi")
    ///     .message("needs %{count} letters", |changeset| changeset.validate_length(Post::title, 3..));
    /// assert_eq!(changeset.errors().to_string(), "title needs 3 letters");
    /// ```
    #[must_use]
    pub fn message(self, message: impl Into<Cow<'static, str>>, validate: impl FnOnce(Self) -> Self) -> Self {
        let before = self.node.own_errors().len();
        validate(self).with(|node| node.reword(before, message))
    }

    /// Adds an error of your own: to a column, an association, or under another name, as `"base"` for the whole.
    #[must_use]
    pub fn add_error(self, key: impl ErrorKey<T>, error: impl Into<FieldError>) -> Self {
        self.with(|node| node.add_error(error.into().on(key.key())))
    }

    /// What was validated so far, oldest first: for forms that show what is asked.
    pub fn validations(&self) -> &[Validation] {
        self.node.validations()
    }

    /// The validations of the changeset and its children as JSON of the input's shape, each made by a function.
    ///
    /// ```
    /// # use assoc_core::{Schema, changeset::Rule, doctest::Post};
    /// let changeset = Post::build().validate_required(Post::title).validate_length(Post::title, ..=100);
    /// let attributes = changeset.traverse_validations(&mut |validation| match &validation.rule {
    ///     Rule::Length(length) => serde_json::json!({"maxlength": length.max}),
    ///     rule => format!("{rule:?}").into(),
    /// });
    /// assert_eq!(attributes, serde_json::json!({"title": ["Required", {"maxlength": 100}]}));
    /// ```
    pub fn traverse_validations(&self, make: &mut dyn FnMut(&Validation) -> serde_json::Value) -> serde_json::Value {
        self.node.traverse_validations(make)
    }
}

fn list<V: ColumnType, I: Assign<V>>(values: impl IntoIterator<Item = I>) -> Arc<[Value]> {
    values.into_iter().map(|value| value.assign().into_value()).collect()
}
