#pragma once
// A file from the network, in memory.

#include <cstddef>
#include <string>

#include "floatsd/core/progress.h"

namespace floatsd::app {

/// How slow a download may be, and for how long.
struct Patience {
  long bytes_per_second = 1000;
  long seconds = 30;
};

/// The bytes behind a URL (http, https, file; redirects are followed, proxies are taken from the
/// environment). Gives up when no connection stands after 10 s, when it is slower than `patience`
/// has it, or when more than `most` bytes come. Throws Error "URL: REASON".
std::string download(const std::string& url, size_t most, const Patience& patience = {},
                     const OnProgress& on_progress = {});

}  // namespace floatsd::app
