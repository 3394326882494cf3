"""What the expression language means: its types, values and functions, and the evaluators that apply them.

The source of every rule here is the CEL language definition (cel-spec, "Language Definition") and,
for extensions, the function tables that cel-go publishes with them.
"""
