#include "standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "floatsd/core/error.h"

namespace floatsd::app {

void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) == -1) {
      // open() takes the lowest number that is free: this one. Writing to stdout then fails still.
      static_cast<void>(::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY));
    }
  }
}

void finish_stdout() {
  errno = 0;
  const bool was_written = std::cout.flush().good() && std::ferror(stdout) == 0;
  if (std::fflush(stdout) != 0 || !was_written) {
    throw Error(std::string("stdout: cannot be written") +
                (errno == 0 ? "" : std::string(": ") + std::strerror(errno)));
  }
}

}  // namespace floatsd::app
