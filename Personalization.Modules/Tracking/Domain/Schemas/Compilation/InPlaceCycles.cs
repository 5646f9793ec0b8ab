namespace Personalization.Tracking.Domain.Schemas.Compilation;

/// <summary>
/// Finds schemas that lead back to themselves without going down into the instance, which would never end, and chains of references that
/// are longer than anybody writes. Where a <c>$dynamicRef</c> leads is only known while validating; there the bounds of
/// <see cref="Evaluation"/> hold.
/// </summary>
internal static class InPlaceCycles
{
    private const int UnderWay = -1;

    public static void Find(IEnumerable<SchemaNode> nodes, SchemaErrors errors)
    {
        var heights = new Dictionary<SchemaNode, int>();
        foreach (var node in nodes)
        {
            if (!heights.ContainsKey(node))
            {
                Walk(node, heights, errors);
            }
        }
    }

    /// <summary>Depth first on a stack of our own: a chain must not become a chain of calls.</summary>
    private static void Walk(SchemaNode start, Dictionary<SchemaNode, int> heights, SchemaErrors errors)
    {
        var path = new Stack<(SchemaNode Node, IEnumerator<SchemaNode> Next)>();
        path.Push((start, Neighbours(start)));
        heights[start] = UnderWay;
        while (path.TryPeek(out var top))
        {
            if (top.Next.MoveNext())
            {
                var next = top.Next.Current;
                if (!heights.TryGetValue(next, out var height))
                {
                    heights[next] = UnderWay;
                    path.Push((next, Neighbours(next)));
                }
                else if (height == UnderWay)
                {
                    errors.Add(top.Node.Pointer, $"Refers to itself, by way of '{next.Pointer}', without going down into the instance: it would never end.");
                }

                continue;
            }

            path.Pop();
            var own = 1 + top.Node.Keywords.SelectMany(keyword => keyword.InPlace).Select(next => Math.Max(0, heights[next])).DefaultIfEmpty(0).Max();
            heights[top.Node] = own;
            if (own == SchemaLimits.Chain + 1)
            {
                errors.Add(top.Node.Pointer, $"More than {SchemaLimits.Chain} references and applicators follow one another here.");
            }
        }
    }

    private static IEnumerator<SchemaNode> Neighbours(SchemaNode node) => node.Keywords.SelectMany(keyword => keyword.InPlace).GetEnumerator();
}
