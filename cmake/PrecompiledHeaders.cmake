# LibTorch's headers take two thirds of most compilations. Here they are parsed once for many files.
option(FLOATSD_PRECOMPILED_HEADERS "Parse LibTorch's headers once for many files"
       ${PROJECT_IS_TOP_LEVEL})

# The targets of one `group` share what is parsed for the first of them, `headers`, and must be
# compiled with the same flags.
function(floatsd_precompile target group headers)
  if(NOT FLOATSD_PRECOMPILED_HEADERS)
    return()
  endif()
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # without it ccache looks away
  get_property(first GLOBAL PROPERTY FLOATSD_PRECOMPILED_${group})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
    return()
  endif()
  set_property(GLOBAL PROPERTY FLOATSD_PRECOMPILED_${group} ${target})
  target_precompile_headers(${target} PRIVATE ${headers})
endfunction()
