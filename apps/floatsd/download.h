#pragma once
// A file from the network, in memory.

#include <string>

namespace floatsd::app {

/// The bytes behind a URL (http, https, file; redirects are followed, proxies are taken from the
/// environment). Gives up when no connection stands after 10 s, or nothing has come for 30 s.
/// Throws Error "URL: REASON".
std::string download(const std::string& url);

}  // namespace floatsd::app
