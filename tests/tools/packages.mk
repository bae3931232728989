# Debian 12 packages: RUN_PACKAGES to build and run, TEST_PACKAGES for the tests and checks.
RUN_PACKAGES := gcc make pkg-config lua5.4 liblua5.4-dev lua-filesystem lua-filesystem-dev libcjson-dev \
                liblapacke-dev libopenblas-serial-dev libnlopt-dev libedit-dev libcmark-dev \
                libjs-dygraphs libc6-dev
TEST_PACKAGES := libcmocka-dev lua-busted lua-check locales clang clang-format clang-tidy libclang-rt-14-dev cppcheck
