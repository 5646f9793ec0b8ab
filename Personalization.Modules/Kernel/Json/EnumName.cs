namespace Personalization.Kernel.Json;

/// <summary>
/// Values of an enumeration by their names, as bodies and addresses write them. The framework's own reading takes numbers too, and lists, whose values it joins to a third one.
/// </summary>
internal static class EnumName
{
    /// <summary>False when no value bears the name, in whatever case.</summary>
    public static bool TryFind<TEnum>(string name, out TEnum value)
        where TEnum : struct, Enum
    {
        foreach (var each in Enum.GetValues<TEnum>())
        {
            if (string.Equals(each.ToString(), name, StringComparison.OrdinalIgnoreCase))
            {
                value = each;
                return true;
            }
        }

        value = default;
        return false;
    }
}
