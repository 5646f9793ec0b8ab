using System.Text.Json;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>
/// Who did it. PostHog has one <c>distinct_id</c>, which is the device's id until somebody is identified and that person's afterwards; here
/// these are two different things.
/// </summary>
/// <param name="User">The person; undefined when nobody is known.</param>
/// <param name="Device">The device; undefined for events of servers.</param>
internal readonly record struct PostHogPerson(JsonElement User, JsonElement Device)
{
    public static PostHogPerson Of(JsonElement sent, string name)
    {
        var properties = sent.Get("properties");
        var distinct = sent.Get("distinct_id").HasValue() ? sent.Get("distinct_id") : properties.Get("distinct_id");
        var device = properties.Get("$anon_distinct_id").HasValue() ? properties.Get("$anon_distinct_id") : properties.Get("$device_id");
        return IsKnown(properties, distinct, device, name)
            ? new PostHogPerson(distinct, device)
            : new PostHogPerson(default, distinct.HasValue() ? distinct : device);
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.Copy("userId", User);
        writer.Copy("anonymousId", Device);
    }

    private static bool IsKnown(JsonElement properties, JsonElement distinct, JsonElement device, string name)
    {
        if (name is "$identify" or "$create_alias")
        {
            return !distinct.IsSame(device);
        }

        if (properties.Get("$is_identified").ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return properties.Get("$is_identified").ValueKind == JsonValueKind.True && !distinct.IsSame(device);
        }

        if (properties.Get("$process_person_profile").ValueKind == JsonValueKind.False || distinct.IsSame(device))
        {
            return false;
        }

        // A server that describes a group makes up an id from the group's name.
        return name != "$groupidentify" || distinct.Text()?.StartsWith('$') != true;
    }
}
