// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace redress {

bool IsUtf8(std::string_view bytes);

// Every byte that is not part of a valid character becomes U+FFFD.
std::string ReplaceInvalidUtf8(std::string_view bytes);

// Reads the character at `*position` of valid UTF-8 and moves past it.
char32_t NextCodePoint(std::string_view text, size_t* position);

// The longest prefix of at most `bytes` bytes that does not cut a character.
std::string_view Utf8Prefix(std::string_view text, size_t bytes);

}  // namespace redress
