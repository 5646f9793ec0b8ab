using Personalization.Features.Contracts;

namespace Personalization.Features.Domain.Declared;

/// <summary>Features that every profile has, out of what is known of it anyway. Those of a session are unknown once it is over.</summary>
internal static class BuiltInFeatures
{
    private static readonly string[] Names =
    [
        "events", "sessions", "views", "adds", "orders", "searches", "revenue", "average_order_value", "last_event_at", "session_events",
        "session_started_at", "session_seconds",
    ];

    public static int Count => Names.Length;

    public static IReadOnlyList<string> All => Names;

    public static int Find(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (name.SequenceEqual(Names[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <param name="feature">Its number.</param>
    /// <param name="profile">What is known; nothing when the profile has no event.</param>
    /// <param name="at">As of when.</param>
    /// <param name="nextChangeMs">When it will change by time alone.</param>
    public static Scalar Read(int feature, ProfileView profile, in ReadTime at, out long nextChangeMs)
    {
        var counters = profile.Counters;
        nextChangeMs = long.MaxValue;
        if (counters.Events == 0)
        {
            return default;
        }

        if (feature >= Array.IndexOf(Names, "session_events"))
        {
            nextChangeMs = at.Session == 0 ? long.MaxValue : at.SessionEndsAtMs;
            return at.Session == 0 ? default : ReadSession(Names[feature], profile);
        }

        return Scalar.Of(Names[feature] switch
        {
            "events" => counters.Events,
            "sessions" => counters.Sessions,
            "views" => counters.Views,
            "adds" => counters.Adds,
            "orders" => counters.Orders,
            "searches" => counters.Searches,
            "revenue" => counters.Revenue,
            "average_order_value" => counters.Revenue / counters.Orders,
            _ => profile.LastEventMs,
        });
    }

    private static Scalar ReadSession(string name, ProfileView profile) => Scalar.Of(name switch
    {
        "session_events" => profile.SessionEvents,
        "session_started_at" => profile.SessionStartMs,
        _ => (profile.LastEventMs - profile.SessionStartMs) / 1_000d,
    });
}
