# traj_warnings(TARGET): the warnings every C target of the project is compiled with; errors with TRAJ_WERROR. Clang
# counts NAN and INFINITY, which are float constants, as promotions; so only gcc is asked for those.
function(traj_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes
    -Wcast-align -Wpointer-arith -Wundef -Wvla -Wformat=2
    $<$<C_COMPILER_ID:GNU>:-Wdouble-promotion>
    $<$<BOOL:${TRAJ_WERROR}>:-Werror>)
endfunction()
