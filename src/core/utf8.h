#pragma once
// UTF-8, which TOML, JSON and safetensors ask of their texts.

#include <string_view>

namespace floatsd {

/// Whether `text` is UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, none beyond
/// U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace floatsd
