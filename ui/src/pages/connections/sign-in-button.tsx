// The way to the other system, where a person agrees that bots may act there.
import { useMutation } from "@tanstack/react-query";
import { api, asProblem, data } from "../../api/client";
import { Button } from "../../components/button";
import { notify } from "../../lib/notices";

interface SignInButtonProps {
  name: string;
  small?: boolean;
  /** It was done before. */
  again?: boolean;
}

export function SignInButton({ name, small, again }: SignInButtonProps) {
  const begin = useMutation({
    mutationFn: () => data(api.POST("/api/v1/connections/{name}/authorize", { params: { path: { name } } })),
    onSuccess: ({ url }) => location.assign(url),
    onError: (error) => {
      const { title, detail } = asProblem(error);
      notify(`${name} cannot be signed in. ${title}: ${detail}`, "bad");
    },
  });
  return (
    <Button
      look={small || again ? "plain" : "primary"}
      small={small === true}
      aria-label={`${again ? "Sign in again" : "Sign in"}: ${name}`}
      busy={begin.isPending && "Going there …"}
      onClick={() => begin.mutate()}
    >
      {again ? "Sign in again" : "Sign in"}
    </Button>
  );
}
