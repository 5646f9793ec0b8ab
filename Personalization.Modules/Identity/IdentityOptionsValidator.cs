using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity;

/// <summary>What annotations cannot say: the elements of the lists, and that names are kinds.</summary>
internal sealed class IdentityOptionsValidator : IValidateOptions<IdentityOptions>
{
    public ValidateOptionsResult Validate(string? name, IdentityOptions options)
    {
        var errors = new List<string>();
        foreach (var element in options.Kinds.Concat<object>(options.Blocked))
        {
            var results = new List<ValidationResult>();
            if (!Validator.TryValidateObject(element, new ValidationContext(element), results, validateAllProperties: true))
            {
                errors.AddRange(results.Select(result => $"Personalization:Identity: {result.ErrorMessage}"));
            }
        }

        if (errors.Count == 0)
        {
            CheckNames(options, errors);
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckNames(IdentityOptions options, List<string> errors)
    {
        try
        {
            var kinds = new IdentifierVocabulary([.. options.Kinds.Select(kind => kind.Name)]);
            errors.AddRange(options.Blocked
                .Where(blocked => blocked.Kind.Length > 0 && kinds.Find(blocked.Kind) is null)
                .Select(blocked => $"Personalization:Identity:Blocked: '{blocked.Kind}' is no kind of identifier."));
        }
        catch (ArgumentException error)
        {
            errors.Add($"Personalization:Identity:Kinds: {error.Message}");
        }
    }
}
