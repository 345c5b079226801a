#pragma once
// Standard streams: what becomes of a command whose output cannot be written.

namespace floatsd::app {

/// Takes the places of standard streams that are closed, so that no file of the command's own is
/// opened in one. Call it first.
void hold_standard_streams();

/// Writes what is still in stdout's buffer. Throws Error if that, or something before, could not
/// be written.
void finish_stdout();

}  // namespace floatsd::app
