"""From checked documents to a Program: lowering, partial evaluation, code generation."""
