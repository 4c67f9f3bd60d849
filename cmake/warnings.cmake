# traj_warnings(TARGET): the warnings every C target of the project is compiled with; errors with TRAJ_WERROR.
function(traj_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes
    -Wcast-align -Wpointer-arith -Wundef -Wvla -Wdouble-promotion -Wformat=2
    $<$<BOOL:${TRAJ_WERROR}>:-Werror>)
endfunction()
