#pragma once

namespace floatsd::app {

/// Throws Error unless this process may have so many threads at once. OpenMP would end it without a
/// word of ours, and with the exit code of an expectation that failed.
void require_threads(int count);

}  // namespace floatsd::app
