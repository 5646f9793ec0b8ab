using System.Text;

namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>Reasons, states and faults as they are written on the wire: snake_case.</summary>
internal static class LetterNames
{
    public static string Of<TEnum>(TEnum value)
        where TEnum : struct, Enum => Snake(value.ToString());

    /// <summary>The value of a name; null when there is none.</summary>
    public static TEnum? Find<TEnum>(string name)
        where TEnum : struct, Enum
    {
        foreach (var value in Enum.GetValues<TEnum>())
        {
            if (string.Equals(Of(value), name, StringComparison.Ordinal))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The name of a problem without its module: <c>tracking/not-json</c> becomes <c>not_json</c>.</summary>
    public static string OfProblem(string problemName) =>
        problemName[(problemName.LastIndexOf('/') + 1)..].Replace('-', '_');

    private static string Snake(string name)
    {
        var snake = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && snake.Length > 0)
            {
                snake.Append('_');
            }

            snake.Append(char.ToLowerInvariant(letter));
        }

        return snake.ToString();
    }
}
