#pragma once
// "did you mean": the end of an error line about an unknown name.

#include <span>
#include <string>
#include <string_view>

namespace floatsd {

/// ": did you mean 'epochs'?" where one of `known` is within edit distance 2 of `name` (the
/// nearest, the first of equals), else ", expected one of: a, b, c".
std::string suggest(std::string_view name, std::span<const std::string> known);

}  // namespace floatsd
