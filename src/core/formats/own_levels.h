#pragma once
// A user's own weight format, whose name is its definition: "mine{0/1/3/9}" or
// "mine{0/1/3/9/geometric}". So whatever holds the name (config, checkpoint, model file) holds all
// of it.

#include <string_view>

#include "floatsd/core/codebook.h"

namespace floatsd {

/// Whether a format's name is one of these.
bool defines_levels(std::string_view name);

/// Levels 0 and ± the others, which ascend below 2^15, at most 128 with 0. Rounds to the nearest,
/// ties to the even index; "geometric": boundaries sqrt(a b) between neighbours, a / sqrt(2) below
/// the first. Stored as sign << (bits - 1) | index, in as few bits as hold that. Throws Error with
/// what is wrong in the name.
Codebook own_levels(std::string_view name);

}  // namespace floatsd
