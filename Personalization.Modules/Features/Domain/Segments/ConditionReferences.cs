using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Segments;

/// <summary>What else a condition names that somebody defines, and where.</summary>
internal static class ConditionReferences
{
    public static IEnumerable<InSegment> SegmentsOf(Condition condition) => Parts(condition).OfType<InSegment>();

    public static IEnumerable<OnList> ListsOf(Condition condition) => Parts(condition).OfType<OnList>();

    private static IEnumerable<Condition> Parts(Condition condition)
    {
        IEnumerable<Condition> parts = condition switch
        {
            AllOf all => all.Of,
            AnyOf any => any.Of,
            NoneOf none => none.Of,
            _ => [],
        };
        return parts.SelectMany(Parts).Prepend(condition);
    }
}
