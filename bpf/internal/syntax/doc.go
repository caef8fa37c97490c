// Package syntax is the language of filter expressions: characters to tokens,
// tokens to a tree of terms with their places in the expression, and what may be
// meant by an expression that is wrong. It knows neither link types nor programs;
// what asks for these is lent to it as a function (Checker).
//
//   - words.go: the table of the words.
//   - lexer.go: characters to tokens.
//   - parser*.go, tree.go, qualifier.go: tokens to a tree. The parser puts down
//     each term as it is complete, for what is wrong with it counts before what
//     is wrong in the syntax behind it.
//   - error.go: what is wrong and where, in libpcap's words and with a caret.
//   - suggest.go: what may be meant, tried out with a Checker: phrases.go and
//     phrases_make.go have what is written otherwise in this language, slips.go
//     what is misspelt or lacks a word, meant.go terms that make no sense as they
//     are, possible.go terms that exclude each other, elsewhere.go terms that do
//     not look behind a header.
package syntax
