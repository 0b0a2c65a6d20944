"""The log for the tools that people have: read in order, written in their formats, sent to their places.

``reading`` gives entries, ``fields`` what is common to all of them, ``formats`` spells them, ``targets``
takes them somewhere, ``feed`` moves them and remembers how far it came.
"""
