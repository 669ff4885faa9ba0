"""The verbs of intake: durable bytes become documents; bytes on their way are kept until they are durable."""
