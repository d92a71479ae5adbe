"""What IMA remembers on the tracker: the card of an incident, the dashboard of the project.

There is no database: facts stand as JSON in comments of ours, behind text for people. Begin with
`card.py`. Here they are only encoded and decoded; whether a fact still holds is for `history/`.
"""
