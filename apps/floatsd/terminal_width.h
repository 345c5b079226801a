#pragma once
// Terminal width: how many letters a line may have where text is shown.

namespace floatsd::app {

/// Columns of the terminal behind that file descriptor; if there is none, what the environment
/// variable COLUMNS says, else 80.
int terminal_width(int descriptor);

}  // namespace floatsd::app
