namespace Personalization.Features.Domain.Segments;

/// <summary>Puts versions behind those that they ask about. Circles are refused before a definition is written.</summary>
internal static class SegmentOrder
{
    /// <summary>All versions of all segments, each behind the live versions that it refers to; the same for the same segments.</summary>
    public static IEnumerable<SegmentVersion> Of(IReadOnlyList<Segment> segments)
    {
        var byId = segments.ToDictionary(segment => segment.Id, StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        var order = new List<SegmentVersion>();
        void Visit(Segment segment)
        {
            if (!done.Add(segment.Id))
            {
                return;
            }

            foreach (var id in segment.Versions.SelectMany(version => version.Touches.Segments).Order(StringComparer.Ordinal))
            {
                if (byId.TryGetValue(id, out var before))
                {
                    Visit(before);
                }
            }

            order.AddRange(segment.Versions);
        }

        foreach (var segment in segments)
        {
            Visit(segment);
        }

        return order;
    }

    /// <summary>
    /// The way from a segment back to itself, if it referred to these; null when there is none. What is prepared counts as well: it will be live.
    /// </summary>
    public static IReadOnlyList<string>? CircleOf(string id, IEnumerable<string> refersTo, SegmentSet set)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return refersTo.Select(first => Way(first, [id])).FirstOrDefault(way => way is not null);

        IReadOnlyList<string>? Way(string at, IReadOnlyList<string> before)
        {
            IReadOnlyList<string> way = [.. before, at];
            if (at == id)
            {
                return way;
            }

            var number = set.Find(at);
            return number < 0 || !seen.Add(at) ? null
                : set.Segments[number].Versions.SelectMany(version => version.Touches.Segments).Distinct(StringComparer.Ordinal)
                    .Select(next => Way(next, way)).FirstOrDefault(found => found is not null);
        }
    }
}
