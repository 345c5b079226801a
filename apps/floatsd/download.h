#pragma once
// A file from the network, in memory.

#include <cstddef>
#include <string>

namespace floatsd::app {

/// The bytes behind a URL (http, https, file; redirects are followed, proxies are taken from the
/// environment). Gives up when no connection stands after 10 s, when less than 1000 bytes a second
/// have come for 30 s, or when more than `most` bytes come. Throws Error "URL: REASON".
std::string download(const std::string& url, size_t most);

}  // namespace floatsd::app
