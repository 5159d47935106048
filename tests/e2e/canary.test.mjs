// This file is being written by another helper right now: leave it to them.
