-- Loaded by busted before every spec: the module under test as a global-free require, and where
-- the host program and the optional shared data are.
package.path = "tests/lua/?.lua;" .. package.path
