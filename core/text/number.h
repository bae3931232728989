/* Numbers as text, exactly and whatever the locale: the one way in and out for every format.
 *
 * No function here allocates, looks at the locale's decimal point, or can fail otherwise than by
 * saying that a text is no number. */
#ifndef JV_TEXT_NUMBER_H
#define JV_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the whole of text[0..len) as a decimal number: sign, digits, point, exponent ("12", "-.5",
 * "1e-7"). True with the nearest double in *out; a number too large is +-infinity, too small is
 * zero. False, *out unchanged, for anything else: blanks, words (inf, nan), hexadecimal, thousands
 * separators, trailing letters, the empty text. */
bool jv_number_parse(const char *text, size_t len, double *out);

/* The same for whole numbers, sign and digits only. False outside of int64. */
bool jv_integer_parse(const char *text, size_t len, int64_t *out);

/* Is the text one of the tokens that stand for a missing value: empty, NA, NaN, null (any case)? */
bool jv_number_is_missing(const char *text, size_t len);

/* Is it a word for an infinite value: inf, infinity, with or without sign (any case)? */
bool jv_number_is_infinite(const char *text, size_t len);

#define JV_NUMBER_TEXT 32 /* fits every formatted double and its final NUL */

/* The text with the fewest digits that jv_number_parse reads back as the same double: "0.1", "1e+22", "-0";
 * "NaN", "Inf" and "-Inf" for what is no number. Returns the length. */
size_t jv_number_format(double x, char out[JV_NUMBER_TEXT]);

#endif
