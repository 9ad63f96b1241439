"""Adapters: one package per framework, none imported unless its bot uses it."""
